// The languages' compiler settings, read by vite.config.ts; run alone, it compiles the messages for checks that do not build.
import { compile } from '@inlang/paraglide-js';

export const paraglide = {
	project: './project.inlang',
	outdir: './src/lib/paraglide',
	emitTsDeclarations: true,
	strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
	cookieName: 'langue'
};

if (import.meta.main) await compile(paraglide);

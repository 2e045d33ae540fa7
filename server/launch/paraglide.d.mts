import type { CompilerOptions } from '@inlang/paraglide-js';
export const paraglide: CompilerOptions;

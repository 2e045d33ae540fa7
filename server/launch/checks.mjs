// The checks that run nothing of the program, as steps of steps.mjs. They need what `sync` generates.
export const types = [
	'types',
	'node_modules/svelte-check/bin/svelte-check',
	'--tsconfig',
	'./tsconfig.json'
];
/** The worker has other globals than a page, so a project of its own. */
export const workerTypes = [
	'worker',
	'node_modules/typescript/bin/tsc',
	'-p',
	'src/service-worker'
];
export const layout = [
	'layout',
	'node_modules/prettier/bin/prettier.cjs',
	'--check',
	'.',
	'--log-level',
	'warn'
];
export const mistakes = ['mistakes', 'node_modules/eslint/bin/eslint.js', '.'];

import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

// One build reads this file in several processes, and they must agree on the version: the first one tells the others.
process.env.CAPITOUL_VERSION ??= String(Date.now());

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: adapter({ out: 'build', precompress: true }),
		paths: { relative: false },
		// A page's styles are about 4 kB compressed: within the first HTML they save a phone one round trip before it paints.
		inlineStyleThreshold: 20_000,
		// hooks.server.ts checks the origin of every write, whatever its content type; Kit's own check would refuse devices.
		csrf: { trustedOrigins: ['*'] },
		serviceWorker: { register: false },
		version: { name: process.env.CAPITOUL_VERSION },
		// The server's own listener adds the headers a meta tag cannot carry (frame-ancestors).
		csp: {
			mode: 'auto',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				'style-src': ['self'],
				'style-src-attr': ['unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'worker-src': ['self'],
				'connect-src': ['self'],
				'font-src': ['self'],
				'manifest-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['self'],
				'form-action': ['self'],
				'frame-ancestors': ['none']
			}
		},
		typescript: {
			config: (config) => {
				config.include.push(
					'../server/**/*.ts',
					'../simulator/**/*.ts',
					'../docs/**/*.ts',
					'../deploy/**/*.ts',
					'../src/**/*.ts',
					'../*.config.ts'
				);
				config.compilerOptions.paths = {};
				return config;
			}
		}
	}
};

import path from 'node:path';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { paraglide } from './server/launch/paraglide.mjs';

const root = import.meta.dirname;
const serverOnly = ['server', 'simulator'].map((dir) => path.join(root, dir) + path.sep);

/** Stops a build in which the browser would receive code of `server/` or `simulator/`. */
function fence(): Plugin {
	return {
		name: 'fence',
		enforce: 'pre',
		load(id) {
			if (this.environment.name !== 'client') return;
			if (serverOnly.some((dir) => id.startsWith(dir)))
				this.error(
					`${path.relative(root, id)} is server-only: import it from a +server.ts, a *.server.ts or hooks.server.ts`
				);
		}
	};
}

export default defineConfig({
	plugins: [fence(), paraglideVitePlugin(paraglide), sveltekit()],
	build: { target: ['chrome109', 'safari16.4'] }
});

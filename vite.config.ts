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

type ModuleInfoOf = (id: string) => { importedIds: readonly string[]; isEntry: boolean } | null;

/**
 * The file a module of the browser goes to. Left alone, the bundler makes some forty files of the first screen, and a phone
 * far from its mast waits for each handful of them: what every page needs is one file, what the home page adds is another.
 */
function fileOf(): (id: string, bundle: { getModuleInfo: ModuleInfoOf }) => string | null {
	const everywhere = [
		'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
		'.svelte-kit/generated/client-optimized/app.js',
		'src/routes/+layout.ts',
		'src/routes/+layout.svelte',
		'src/routes/+error.svelte' // Kit fetches it at each start
	].map((file) => path.join(root, file));
	const atHome = ['+page.ts', '+page.svelte'].map((file) => path.join(root, 'src/routes', file));
	const closure = (ids: readonly string[], infoOf: ModuleInfoOf, found = new Set<string>()) => {
		for (const id of ids) {
			if (found.has(id)) continue;
			found.add(id);
			closure(infoOf(id)?.importedIds ?? [], infoOf, found);
		}
		return found;
	};
	let city: Set<string> | undefined;
	let home: Set<string> | undefined;
	return (id, bundle) => {
		const getModuleInfo: ModuleInfoOf = (module) => bundle.getModuleInfo(module);
		city ??= closure(everywhere, getModuleInfo);
		home ??= closure(atHome, getModuleInfo);
		// A sentence goes with the pages that say it; the list of all of them would bring the whole tongue along.
		if (getModuleInfo(id)?.isEntry || /paraglide[\\/]messages[\\/]/.test(id)) return null;
		return city.has(id) ? 'city' : home.has(id) ? 'home' : null;
	};
}

export default defineConfig({
	plugins: [fence(), paraglideVitePlugin(paraglide), sveltekit()],
	build: { target: ['chrome109', 'safari16.4'] },
	environments: {
		client: {
			build: {
				rolldownOptions: { output: { codeSplitting: { groups: [{ name: fileOf() }] } } }
			}
		}
	}
});

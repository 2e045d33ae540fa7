import { expect, test } from 'vitest';
import { plan } from './plan.ts';

test('what a page imports and every screen of ours is there at once, the map and the broker’s client come later', () => {
	const { first, later } = plan({
		'node_modules/@sveltejs/kit/src/runtime/client/entry.js': {
			file: 'start.js',
			isEntry: true,
			imports: ['_svelte.js']
		},
		'.svelte-kit/generated/client-optimized/app.js': {
			file: 'app.js',
			isEntry: true,
			imports: ['_svelte.js'],
			dynamicImports: ['.svelte-kit/generated/client-optimized/nodes/2.js']
		},
		'.svelte-kit/generated/client-optimized/nodes/2.js': {
			file: 'home.js',
			imports: ['_carte.js'],
			css: ['home.css'],
			assets: ['font.woff2']
		},
		'_carte.js': {
			file: 'carte.js',
			dynamicImports: ['src/lib/map/CityMap.ts', 'src/lib/history/AgoSheet.svelte']
		},
		'src/lib/history/AgoSheet.svelte': { file: 'ago.js', css: ['ago.css'] },
		'_svelte.js': { file: 'svelte.js', assets: ['workers/broker.js'] },
		'src/lib/map/CityMap.ts': {
			file: 'citymap.js',
			imports: ['_svelte.js', '_maplibre.js'],
			assets: ['worker.mjs']
		},
		'_maplibre.js': { file: 'maplibre.js', css: ['maplibre.css'] }
	});
	expect(first.sort()).toEqual(
		[
			'ago.css',
			'ago.js',
			'app.js',
			'carte.js',
			'font.woff2',
			'home.css',
			'home.js',
			'start.js',
			'svelte.js'
		].sort()
	);
	expect(later.sort()).toEqual(
		['citymap.js', 'maplibre.css', 'maplibre.js', 'worker.mjs', 'workers/broker.js'].sort()
	);
});

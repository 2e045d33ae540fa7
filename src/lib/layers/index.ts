import { air } from './air/layer.ts';
import { bike } from './bike/layer.ts';
import type { Layer } from './define-layer.ts';
import { noise } from './noise/layer.ts';
import { parking } from './parking/layer.ts';
import { weather } from './weather/layer.ts';

/** What the city knows how to read, in the order a citizen sees it. A new kind of data is a folder and a line here. */
export const layers: readonly Layer[] = [bike, parking, air, weather, noise];

/** The register in the form services take it, so that a test can add a layer without touching this file. */
export interface Register {
	readonly all: readonly Layer[];
	get(id: string): Layer | undefined;
}

export function register(all: readonly Layer[] = layers): Register {
	const byId = new Map(all.map((layer) => [layer.id, layer]));
	return { all, get: (id) => byId.get(id) };
}

import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Bbox } from '../geo.ts';
import { register, type Register } from '../layers/index.ts';
import type { EntityFeature } from '../layers/entity.ts';
import { Place } from './place.svelte.ts';

export type Connection = 'live' | 'polling' | 'offline';

/** What is on screen: decides which cells are subscribed. */
export interface View {
	bbox: Bbox;
	zoom: number;
	layers: readonly string[];
}

/** Everything the screen knows of the city, whichever way it came: first HTML, IndexedDB, snapshot, frames, polling. */
export class Live {
	connection = $state<Connection>('offline');
	/** Since when there is no network (ms), undefined while there is one. */
	offlineSince = $state<number | undefined>();
	/** When the server last answered or spoke (ms). */
	heard = $state<number | undefined>();
	readonly places = new SvelteMap<string, Place>();
	#register: Register;

	constructor(layers: Register = register()) {
		this.#register = layers;
	}

	place(id: string): Place | undefined {
		return this.places.get(id);
	}

	/** Takes features of the API (first HTML, snapshot, cache): makes places and updates those there are, in place. */
	take(features: readonly EntityFeature[]): void {
		for (const feature of features) {
			const layer = this.#register.get(String(feature.properties['layer']));
			if (!layer) continue;
			let place = this.places.get(feature.id);
			if (!place) {
				place = new Place(feature.id, layer);
				this.places.set(feature.id, place);
			}
			place.take(feature);
		}
	}
}

export const [getLive, setLive] = createContext<Live>();

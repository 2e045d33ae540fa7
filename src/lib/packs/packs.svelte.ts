import { createContext } from 'svelte';
import { Place } from '../live/place.svelte.ts';
import type { Layer } from '../layers/define-layer.ts';
import type { FixedPlace } from './fixed.ts';
import type { Offer } from './ask.ts';
import { packTitles, type PackTitle } from './layers/titles.ts';
import type { KeptPack } from './store.ts';
import { mapOf, names, replaced } from './whole.ts';
import type { PackWork } from './work.ts';

/** What the first HTML brings of static layers: places, and the definitions they need. */
export interface FirstFixed {
	places: readonly FixedPlace[];
	layerOf: (id: string) => Layer | undefined;
}

/**
 * The places of the packs, as the screen follows them. This much is in the first script; what reads the phone's memory and
 * fetches is loaded when the list stands.
 */
export class Packs {
	/** By layer, then by id; each layer is replaced whole. */
	byLayer = $state.raw<ReadonlyMap<string, ReadonlyMap<string, Place>>>(mapOf());
	/** Packs on this phone. */
	kept = $state.raw<readonly KeptPack[]>([]);
	/** What the server last offered; undefined before it answered. */
	offer = $state.raw<Offer | undefined>();
	/** Names of packs being fetched, and of those that failed. */
	busy = $state.raw<ReadonlySet<string>>(names());
	failed = $state.raw<ReadonlySet<string>>(names());
	/** Whether the phone's memory was looked through. */
	loaded = $state(false);

	#offered = $state.raw<ReadonlySet<string>>(names());
	#wanted: readonly string[] = [];
	#work: Promise<PackWork> | undefined;
	#settled: () => void = () => {};
	/** Resolves once what this phone takes by itself is here, or is not to be had; bounded. */
	readonly settled = new Promise<void>((resolve) => (this.#settled = resolve));

	/** Static layers one may choose: those the server has data for, and those on this phone. */
	readonly titles: readonly PackTitle[] = $derived.by(() => {
		const here = names([...this.#offered, ...this.kept.map(({ name }) => name)]);
		return packTitles.filter(({ id }) => here.has(id) || this.byLayer.has(id));
	});

	/** Layers the server says it has data for: from the first HTML, then from each offer. */
	offered(layers: readonly string[]): void {
		this.#offered = names(layers);
	}

	/** Places of these layers. */
	places(layers: readonly string[]): Place[] {
		return layers.flatMap((layer) => [...(this.byLayer.get(layer)?.values() ?? [])]);
	}

	*all(): Generator<Place> {
		for (const places of this.byLayer.values()) yield* places.values();
	}

	place(id: string): Place | undefined {
		return this.byLayer.get(id.split('-', 1)[0] ?? '')?.get(id);
	}

	/** Takes what the first HTML brought; whole packs come after it and stand in its place. */
	take({ places, layerOf }: FirstFixed): void {
		for (const saved of places) {
			const layer = layerOf(saved.layer);
			if (!layer || this.kept.some(({ name }) => name === saved.layer)) continue;
			const known = this.byLayer.get(saved.layer) ?? mapOf();
			if (!known.has(saved.id))
				this.put(saved.layer, replaced(known, saved.id, made(saved, layer)));
		}
	}

	/** One layer, whole; undefined takes it away. */
	put(layer: string, places: ReadonlyMap<string, Place> | undefined): void {
		this.byLayer = replaced(this.byLayer, layer, places);
	}

	/** These layers are on screen: a pack that is not here is fetched, however large. */
	want(layers: readonly string[]): void {
		this.#wanted = [...this.#wanted, ...layers.filter((layer) => !this.#wanted.includes(layer))];
		if (this.#work) void this.#work.then((work) => work.want(layers)).catch(() => {});
	}

	/** Browser only: memory first, then the server, after `before` and in idle moments. */
	start(before: Promise<void>): () => void {
		const stop = new AbortController();
		this.#work ??= import('./work.ts').then(({ PackWork }) => new PackWork(this));
		void this.#work
			.then((work) => work.run(before, this.#wanted, stop.signal))
			.catch(() => {})
			.finally(this.#settled);
		return () => stop.abort();
	}

	/** Fetches a pack the person asked for, or asks whether it changed. */
	async fetch(name: string): Promise<void> {
		await (await this.#work)?.fetch(name);
	}

	/** Takes a pack off this phone. */
	async drop(name: string): Promise<void> {
		await (await this.#work)?.drop(name);
	}
}

/** A place of the screen from a place that was kept. */
export function made(saved: FixedPlace, layer: Layer): Place {
	const place = new Place(saved.id, layer);
	place.restore(saved);
	return place;
}

export const [getPacks, setPacks] = createContext<Packs>();

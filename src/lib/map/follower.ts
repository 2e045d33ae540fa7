import type { Position } from '../geo.ts';
import type { Place } from '../live/place.svelte.ts';
import { figureOf } from './figure.ts';
import { markOf, type Mark } from './marks.ts';
import { watch } from './watch.svelte.ts';

interface Target {
	put(place: { id: string; location: Position; mark: Mark; figure: string }): void;
	remove(id: string): void;
}

/**
 * Keeps a map's marks as the places are, one small effect each: a value that changes costs its own place's mark, not a
 * walk through the five thousand others.
 */
export class Follower {
	readonly #target: Target;
	readonly #now: () => number;
	readonly #followed = new Map<string, { place: Place; end: () => void }>();

	constructor(target: Target, now: () => number) {
		this.#target = target;
		this.#now = now;
	}

	/** Follows exactly these places from now on. */
	follow(places: readonly Place[]): void {
		const gone = new Set(this.#followed.keys());
		for (const place of places) {
			gone.delete(place.id);
			const known = this.#followed.get(place.id);
			// The same id can be another picture of it: how it was an hour ago.
			if (known?.place === place) continue;
			known?.end();
			this.#followed.set(place.id, { place, end: this.#start(place) });
		}
		for (const id of gone) {
			this.#followed.get(id)?.end();
			this.#followed.delete(id);
			this.#target.remove(id);
		}
	}

	/** Follows nothing any more; the map keeps what it shows. */
	close(): void {
		for (const { end } of this.#followed.values()) end();
		this.#followed.clear();
	}

	#start(place: Place): () => void {
		return watch(() => {
			const { id, location } = place;
			if (!location) {
				this.#target.remove(id);
				return;
			}
			const mark = markOf(place, this.#now());
			const figure = mark.fresh
				? figureOf(place.layer, place.shown, place.values[place.shown])
				: '';
			this.#target.put({ id, location, mark, figure });
		});
	}
}

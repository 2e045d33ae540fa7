import type { Place, SavedPlace } from '../live/place.svelte.ts';
import type { Meta, Store } from './store.ts';

/** Writes are at least this far apart: a city's frames would otherwise keep the disk of a phone awake. */
const EVERY_MS = 5_000;
/** Ten times the sensors of a metropole's phone view of today; above, nothing new is kept. */
const MAX_PLACES = 10_000;

interface Deps {
	places(): Iterable<Place>;
	meta(): Omit<Meta, 'savedAt'>;
	onsaved(): void;
}

/**
 * Keeps what the screen knows in step with the phone's memory, in batches. Where the memory is refused, full, or deleted
 * while we run, it is opened once more and written whole; if that fails too, this visit goes on without.
 */
export class Keeper {
	#open: () => Promise<Store | undefined>;
	#deps: Deps;
	#store: Store | undefined;
	#kept = new Set<string>();
	#changed = new Map<string, Place>();
	#removed = new Set<string>();
	#clear = false;
	#dirty = false;
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#writing: Promise<void> | undefined;

	constructor(open: () => Promise<Store | undefined>, deps: Deps) {
		this.#open = open;
		this.#deps = deps;
	}

	/** What was kept, or undefined where nothing usable is; what cannot be read is begun anew. */
	async load(): Promise<{ places: SavedPlace[]; meta: Meta } | undefined> {
		this.#store = await this.#open();
		try {
			const kept = await this.#store?.load();
			for (const { id } of kept?.places ?? []) this.#kept.add(id);
			return kept;
		} catch {
			this.#whole();
			return undefined;
		}
	}

	changed(place: Place): void {
		if (!this.#kept.has(place.id)) {
			if (this.#kept.size >= MAX_PLACES) return;
			this.#kept.add(place.id);
		}
		this.#removed.delete(place.id);
		this.#changed.set(place.id, place);
		this.touch();
	}

	removed(id: string): void {
		this.#changed.delete(id);
		if (this.#kept.delete(id)) this.#removed.add(id);
		this.touch();
	}

	/** Something beside the places changed. */
	touch(): void {
		this.#dirty = true;
		this.#timer ??= setTimeout(() => void this.flush(), EVERY_MS);
	}

	/** Writes what is due, now; for a tab that is being hidden. Never rejects. */
	async flush(): Promise<void> {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		await this.#writing;
		if (!this.#dirty || !this.#store) return;
		this.#writing = this.#write(this.#store).finally(() => (this.#writing = undefined));
		await this.#writing;
	}

	async close(): Promise<void> {
		await this.flush();
		clearTimeout(this.#timer);
		this.#store?.close();
		this.#store = undefined;
	}

	async #write(store: Store): Promise<void> {
		const batch = {
			clear: this.#clear,
			put: [...this.#changed.values()].map((place) => place.saved()),
			remove: [...this.#removed],
			meta: { savedAt: Date.now(), ...this.#deps.meta() }
		};
		// A part of the city must not go on from where the whole was.
		if (this.#kept.size >= MAX_PLACES) batch.meta.cursor = undefined;
		this.#changed.clear();
		this.#removed.clear();
		this.#clear = false;
		this.#dirty = false;
		try {
			await store.save(batch);
			this.#failures = 0;
			this.#deps.onsaved();
		} catch {
			store.close();
			this.#store = undefined;
			if (++this.#failures > 1) return;
			this.#store = await this.#open();
			this.#whole();
		}
	}

	/** All that is on screen is to be written again. */
	#whole(): void {
		this.#clear = true;
		this.#kept.clear();
		this.#changed.clear();
		this.#removed.clear();
		for (const place of this.#deps.places()) this.changed(place);
		this.touch();
	}
}

import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { askToStay } from '../offline/persist.ts';
import { keepFavourites, MAX_FAVOURITES, readFavourites, type Favourite } from './shelf.ts';

/** Where the list is kept; tests give their own. */
export interface Shelf {
	read(): Promise<Favourite[]>;
	keep(list: readonly Favourite[]): Promise<void>;
}

/** Tells the app's other tabs that the list changed. */
const CHANNEL = 'capitoul-favourites';

/** The places the person keeps, in their order. They live on this phone and nowhere else. */
export class Favourites {
	list = $state.raw<readonly Favourite[]>([]);
	/** The phone's memory has answered: only then does an empty list mean that there is none. */
	ready = $state(false);
	/** The last change could not be kept, and why. */
	trouble = $state<'memory' | 'many' | undefined>();
	/** The last one taken away, and where it stood: to be put back. */
	removed = $state.raw<{ favourite: Favourite; at: number } | undefined>();
	readonly ids = $derived(this.list.map(({ id }) => id));
	/** Asked by every star of a long list: each waits for its own place only. */
	#kept = new SvelteSet<string>();
	/** Where those taken away in this visit stood. */
	#stood: Readonly<Record<string, number>> = {};
	#shelf: Shelf;
	#tabs: BroadcastChannel | undefined;
	#writing: Promise<void> = Promise.resolve();
	#reading: Promise<void> | undefined;

	constructor(shelf: Shelf = { read: readFavourites, keep: keepFavourites }) {
		this.#shelf = shelf;
	}

	/** Browser only. Reads the list and follows what other tabs do to it; returns what stops that. Never rejects. */
	start(): () => void {
		this.#tabs = new BroadcastChannel(CHANNEL);
		this.#tabs.onmessage = () => void this.#read();
		void this.#read();
		return () => this.#tabs?.close();
	}

	/** Resolves once the list was read. */
	async loaded(): Promise<void> {
		await this.#reading;
	}

	/** Reads the list again: it was erased elsewhere. Never rejects. */
	async refresh(): Promise<void> {
		this.settle();
		this.#tabs?.postMessage('changed');
		await this.#read();
	}

	has(id: string): boolean {
		return this.#kept.has(id);
	}

	/** Keeps a place, where it stood before if it was taken away in this visit, or lets it go. */
	async toggle(favourite: Favourite): Promise<void> {
		if (this.has(favourite.id)) await this.remove(favourite.id);
		else await this.add(favourite);
	}

	async add({ id, layer, name }: Favourite): Promise<void> {
		await this.#reading; // a list not read yet must not be written over
		if (this.has(id)) return;
		if (this.removed?.favourite.id === id) this.removed = undefined;
		if (this.list.length >= MAX_FAVOURITES) {
			this.trouble = 'many';
			return;
		}
		const at = this.#stood[id] ?? this.list.length;
		const kept = await this.#keep(this.list.toSpliced(at, 0, { id, layer, name }));
		// Asked when there is something to lose, and only then: browsers weigh it.
		if (kept && this.list.length === 1) void askToStay();
	}

	async remove(id: string): Promise<void> {
		await this.#reading;
		const at = this.ids.indexOf(id);
		const favourite = this.list[at];
		if (!favourite) return;
		this.#stood = { ...this.#stood, [id]: at };
		this.removed = { favourite, at };
		await this.#keep(this.list.toSpliced(at, 1));
	}

	/** What was taken away is no longer offered. */
	settle(): void {
		this.removed = undefined;
	}

	/** Moves a place up (-1) or down (1); at the end of the list it stays. */
	async move(id: string, by: -1 | 1): Promise<void> {
		const from = this.ids.indexOf(id);
		const to = from + by;
		const moved = this.list[from];
		if (!moved || to < 0 || to >= this.list.length) return;
		await this.#keep(this.list.toSpliced(from, 1).toSpliced(to, 0, moved));
	}

	/** Shows the list at once and writes it, one write after the other; what cannot be kept is said and stays for this visit. */
	async #keep(list: readonly Favourite[]): Promise<boolean> {
		this.#show(list);
		const writing = this.#writing.then(() => this.#shelf.keep(list));
		this.#writing = writing.catch(() => {});
		try {
			await writing;
			this.trouble = undefined;
			this.#tabs?.postMessage('changed');
			return true;
		} catch {
			this.trouble = 'memory';
			return false;
		}
	}

	#read(): Promise<void> {
		this.#reading = this.#shelf
			.read()
			.then((list) => this.#show(list))
			.catch(() => {}) // a phone that keeps nothing has none
			.finally(() => (this.ready = true));
		return this.#reading;
	}

	#show(list: readonly Favourite[]): void {
		this.list = list;
		const { ids } = this;
		for (const id of [...this.#kept]) if (!ids.includes(id)) this.#kept.delete(id);
		for (const id of ids) this.#kept.add(id);
	}
}

export const [getFavourites, setFavourites] = createContext<Favourites>();

import { getLocale } from '#lib/paraglide/runtime.js';
import type { Place } from '../live/place.svelte.ts';
import { breathe, idle } from '../turns.ts';
import { askOffer, askPack } from './ask.ts';
import { placeOf } from './fixed.ts';
import type { PackHead } from './item.ts';
import { packLayer } from './layers/index.ts';
import { isOver } from './over.ts';
import { made, type Packs } from './packs.svelte.ts';
import * as store from './store.ts';

/** A pack up to this size comes by itself: all of Toulouse's together weigh less than a photo. */
export const SMALL_BYTES = 400_000;
/** An open app asks again this often; each answer that changed nothing is a few hundred bytes. */
const AGAIN_MS = 6 * 3_600_000;
/** « Ready for no network » does not wait longer for packs than this. */
const PATIENCE_MS = 10_000;
/** Places made between two breaths. */
const TOGETHER = 25;

/** Reads the packs of the phone's memory onto the screen, and keeps them in step with the server. */
export class PackWork {
	#packs: Packs;
	#wanted = new Set<string>();

	constructor(packs: Packs) {
		this.#packs = packs;
	}

	/** Resolves after the first round; goes on asking until `signal` aborts. */
	async run(before: Promise<void>, wanted: Iterable<string>, signal: AbortSignal): Promise<void> {
		for (const name of wanted) this.#wanted.add(name);
		await idle();
		await this.#load();
		const again = () => {
			if (!signal.aborted && !document.hidden) void this.#sync().catch(() => {});
		};
		const timer = setInterval(again, AGAIN_MS);
		window.addEventListener('online', again, { signal });
		signal.addEventListener('abort', () => clearInterval(timer));
		// A phone that keeps nothing never says « saved »: its packs are not waited for.
		await Promise.race([before, after(PATIENCE_MS)]);
		await Promise.race([this.#sync().catch(() => {}), after(PATIENCE_MS)]);
	}

	async want(layers: readonly string[]): Promise<void> {
		for (const layer of layers) {
			this.#wanted.add(layer);
			const here = this.#packs.kept.some(({ name }) => name === layer);
			if (!here && this.#packs.loaded && !this.#packs.busy.has(layer)) await this.#bring(layer);
		}
	}

	/** The person asks for this one: wanted again, whatever was said before. */
	async fetch(name: string): Promise<void> {
		await store.refuse(name, false);
		try {
			this.#packs.offer = await askOffer(getLocale());
			await this.#bring(name);
		} catch {
			this.#packs.failed = new Set([...this.#packs.failed, name]);
		}
	}

	async drop(name: string): Promise<void> {
		await store.dropPack(name, true);
		this.#wanted.delete(name);
		this.#packs.kept = this.#packs.kept.filter((pack) => pack.name !== name);
		this.#packs.put(name, undefined);
	}

	async #load(): Promise<void> {
		const kept = await store.keptPacks();
		for (const pack of kept) {
			await this.#show(pack);
			this.#packs.kept = [...this.#packs.kept, pack];
		}
		this.#packs.loaded = true;
	}

	async #sync(): Promise<void> {
		const offer = (this.#packs.offer = await askOffer(getLocale()));
		this.#packs.offered(offer.packs.map(({ name }) => name));
		const refused = new Set(await store.refusedPacks());
		for (const head of offer.packs) {
			const have = this.#packs.kept.some(({ name }) => name === head.name);
			const unasked = !refused.has(head.name) && !savesData() && head.bytes <= SMALL_BYTES;
			if (have || unasked || this.#wanted.has(head.name)) await this.#bring(head.name);
		}
	}

	/** Brings one pack to the version on offer. What fails is said and tried again the next time. */
	async #bring(name: string): Promise<void> {
		const packs = this.#packs;
		const head = packs.offer?.packs.find((known) => known.name === name);
		if (!head || packs.busy.has(name)) return;
		packs.busy = new Set([...packs.busy, name]);
		try {
			const kept = await this.#upToDate(head);
			packs.kept = [...packs.kept.filter((pack) => pack.name !== name), kept];
			packs.failed = without(packs.failed, name);
		} catch {
			packs.failed = new Set([...packs.failed, name]);
		} finally {
			packs.busy = without(packs.busy, name);
		}
	}

	async #upToDate(head: PackHead): Promise<store.KeptPack> {
		const have = this.#packs.kept.find(({ name }) => name === head.name);
		if (have?.version === head.version) return store.touchPack(head, Date.now());
		const kept = await store.keepPack(await askPack(head, have?.version), Date.now());
		await this.#show(kept);
		return kept;
	}

	/** Puts what is kept of a pack on the screen: a few places at a time, then all at once. */
	async #show(pack: store.KeptPack): Promise<void> {
		const layer = packLayer(pack.name);
		if (!layer) return; // of a version of the app that knew one more
		const places = new Map<string, Place>();
		const now = Date.now();
		let made_ = 0;
		for (const item of await store.keptItems(pack.name)) {
			if (isOver(item.values, now)) continue;
			if (++made_ % TOGETHER === 0) await breathe();
			places.set(item.id, made(placeOf(pack, item), layer));
		}
		this.#packs.put(pack.name, places);
	}
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const without = (names: ReadonlySet<string>, gone: string) =>
	new Set([...names].filter((name) => name !== gone));

/** The person asked their phone to spare data. */
function savesData(): boolean {
	const { connection } = navigator as { connection?: { saveData?: boolean } };
	return connection?.saveData === true;
}

import { inDatabase } from './store.ts';

/** What of the phone's memory a person may look at and erase by itself. */
export const PARTS = ['mine', 'reports', 'alerts', 'city', 'curves', 'packs'] as const;
export type Part = (typeof PARTS)[number];

const STORES = {
	mine: ['favourites'],
	reports: ['outbox', 'drafts'],
	alerts: ['alerts'],
	city: ['places', 'meta'],
	curves: ['history'],
	packs: ['packs', 'packItems']
} as const;

export interface Held {
	count: number;
	/** When it was written, or the oldest of it (ms), where that is known. */
	at: number | undefined;
}

/** How much of each part is here. Rejects where the phone's memory does not answer. */
export const held = (): Promise<Record<Part, Held>> =>
	inDatabase(async (db) => {
		const count = async (part: Part): Promise<number> => {
			const counted = await Promise.all(
				STORES[part].filter((store) => store !== 'meta').map((store) => db.count(store))
			);
			return counted.reduce((sum, some) => sum + some, 0);
		};
		const [mine, reports, alerts, city, curves, packs] = await Promise.all(PARTS.map(count));
		const [meta, oldest] = await Promise.all([
			db.get('meta', 'city'),
			db.transaction('history').store.index('savedAt').openCursor()
		]);
		const none = (count = 0): Held => ({ count, at: undefined });
		return {
			mine: none(mine),
			reports: none(reports),
			alerts: none(alerts),
			city: { count: city ?? 0, at: meta?.savedAt },
			curves: { count: curves ?? 0, at: oldest?.value.savedAt },
			packs: none(packs)
		};
	});

/** Erases one part, all of it or nothing. Rejects where the phone's memory does not answer. */
export const erase = (part: Part): Promise<void> =>
	inDatabase(async (db) => {
		const tx = db.transaction(STORES[part], 'readwrite');
		await Promise.all([...STORES[part].map((store) => tx.objectStore(store).clear()), tx.done]);
	});

/** Erases the app's files; with its worker gone the next visit brings them anew. Never rejects. */
export async function eraseFiles(): Promise<void> {
	try {
		const [names, workers] = await Promise.all([
			caches.keys(),
			navigator.serviceWorker.getRegistrations()
		]);
		await Promise.all([
			...names.map((name) => caches.delete(name)),
			...workers.map((worker) => worker.unregister())
		]);
	} catch {
		return; // pages that are not secure have neither
	}
}

/** Erases everything of this phone: its memory, its files, its settings. Rejects where the memory does not answer. */
export async function eraseAll(): Promise<void> {
	await inDatabase(async (db) => {
		const all = [...db.objectStoreNames];
		const tx = db.transaction(all, 'readwrite');
		await Promise.all([...all.map((store) => tx.objectStore(store).clear()), tx.done]);
	});
	await eraseFiles();
	try {
		localStorage.clear();
	} catch {
		// Refused (private browsing): then there is nothing in it.
	}
	for (const name of ['theme', 'langue']) document.cookie = `${name}=; Path=/; Max-Age=0`;
}

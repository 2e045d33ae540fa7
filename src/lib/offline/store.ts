import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { FrameOrders, Source } from '../live/city-api.ts';
import type { SavedPlace } from '../live/place.svelte.ts';
import type { KeptCurve } from './shelf.ts';

const NAME = 'capitoul';
/** A browser that never answers (a private window, a stuck upgrade) must not keep the screen waiting. */
const OPEN_MS = 3_000;

/** Places handed to the database in one go. */
const TOGETHER = 10;

/** What was known beside the places, at the same moment. */
export interface Meta {
	/** When this was written (ms). */
	savedAt: number;
	/** Where `/api/v1/entities?since=` goes on; absent where not the whole city is kept. */
	cursor: string | undefined;
	heard: number | undefined;
	offlineSince: number | undefined;
	orders: FrameOrders;
	mqtt: string;
	sources: Source[];
}

interface Schema extends DBSchema {
	places: { key: string; value: SavedPlace };
	meta: { key: 'city'; value: Meta };
	history: { key: string; value: KeptCurve; indexes: { savedAt: number } };
	/** Places the person keeps, in their order; they never leave the phone. */
	favourites: { key: string; value: Kept & { rank: number } };
	/** Open-data packs: what version of each is here. */
	packs: { key: string; value: Kept };
	/** What the packs hold. */
	packItems: { key: string; value: Kept & { pack: string }; indexes: { pack: string } };
	/** Reports accepted from the person and not yet by the city, in the order they were made. */
	outbox: { key: string; value: Kept & { createdAt: number }; indexes: { createdAt: number } };
	/** Reports being written. */
	drafts: { key: string; value: Kept };
	/** What fired, for the list in the app. */
	alerts: { key: string; value: Kept & { at: number }; indexes: { at: number } };
	/** A few things of this phone alone, each under its own name: its secret, what it refused, its quiet hours. */
	own: { key: string; value: unknown };
}

/** A row under its own id; its subject knows and checks the rest. */
export interface Kept {
	id: string;
	[more: string]: unknown;
}

/**
 * One function per version, each bringing the former version to its own: the first makes the schema, a later one only what
 * it adds or changes, and none is ever edited once released.
 */
const UPGRADES: readonly ((db: IDBPDatabase<Schema>) => void)[] = [
	(db) => {
		db.createObjectStore('places', { keyPath: 'id' });
		db.createObjectStore('meta');
	},
	(db) => {
		db.createObjectStore('history', { keyPath: 'key' }).createIndex('savedAt', 'savedAt');
	},
	(db) => {
		db.createObjectStore('favourites', { keyPath: 'id' });
		db.createObjectStore('packs', { keyPath: 'id' });
		db.createObjectStore('packItems', { keyPath: 'id' }).createIndex('pack', 'pack');
		db.createObjectStore('outbox', { keyPath: 'id' }).createIndex('createdAt', 'createdAt');
		db.createObjectStore('drafts', { keyPath: 'id' });
		db.createObjectStore('alerts', { keyPath: 'id' }).createIndex('at', 'at');
		db.createObjectStore('own');
	}
];

export interface Batch {
	/** Forget all that was kept first. */
	clear: boolean;
	put: readonly SavedPlace[];
	remove: readonly string[];
	meta: Meta;
}

export interface Store {
	load(): Promise<{ places: SavedPlace[]; meta: Meta } | undefined>;
	/** All of it or nothing. Rejects where it cannot be written: full, blocked, deleted under our feet. */
	save(batch: Batch): Promise<void>;
	close(): void;
}

/** Opens the phone's memory, or undefined where there is none. */
export async function openStore(): Promise<Store | undefined> {
	if (typeof indexedDB === 'undefined') return undefined;
	let db: IDBPDatabase<Schema>;
	try {
		db = await openAny();
	} catch {
		return undefined;
	}
	return {
		async load() {
			const tx = db.transaction(['places', 'meta']);
			const [places, meta] = await Promise.all([
				tx.objectStore('places').getAll(),
				tx.objectStore('meta').get('city')
			]);
			return meta && { places, meta };
		},
		async save({ clear, put, remove, meta }) {
			// Relaxed: what a power cut takes, the server still has.
			const tx = db.transaction(['places', 'meta'], 'readwrite', { durability: 'relaxed' });
			const places = tx.objectStore('places');
			// A request that fails aborts the transaction, which is where it is told.
			const quiet = (request: Promise<unknown>) => void request.catch(() => {});
			if (clear) quiet(places.clear());
			for (const id of remove) quiet(places.delete(id));
			for (const [at, place] of put.entries()) {
				const writing = places.put(place);
				quiet(writing);
				// A whole city copied at once would hold up the finger; what a transaction waits for keeps it open.
				if (at % TOGETHER === TOGETHER - 1) await writing.catch(() => {});
			}
			quiet(tx.objectStore('meta').put(meta, 'city'));
			await tx.done;
		},
		close: () => db.close()
	};
}

/** A version that was withdrawn leaves a newer schema behind: upgrades only add, and a report that waits must not be lost. */
const openAny = () =>
	open(UPGRADES.length).catch(async (error: unknown) => {
		if (!(error instanceof DOMException) || error.name !== 'VersionError') throw error;
		return open(undefined);
	});

/** One piece of work on a connection of its own. Rejects where there is no memory, it does not answer, or it is full. */
export async function inDatabase<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
	if (typeof indexedDB === 'undefined') throw new Error('this browser keeps nothing');
	const db = await openAny();
	try {
		return await work(db);
	} finally {
		db.close();
	}
}

/** The same where it does not matter much: undefined instead of a failure. */
export const withDatabase = <T>(
	work: (db: IDBPDatabase<Schema>) => Promise<T>
): Promise<T | undefined> => inDatabase(work).catch(() => undefined);

async function open(version: number | undefined): Promise<IDBPDatabase<Schema>> {
	const opening = openDB<Schema>(NAME, version, {
		upgrade(db, from) {
			for (const upgrade of UPGRADES.slice(from)) upgrade(db);
		},
		// Another tab wants to upgrade or delete it: it shall not wait for us. The next write opens it again.
		blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close()
	});
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('the database does not open')), OPEN_MS);
	});
	try {
		return await Promise.race([opening, late]);
	} catch (error) {
		// Should it open after all, nobody would close it.
		void opening.then(
			(db) => db.close(),
			() => {}
		);
		throw error;
	} finally {
		clearTimeout(timer);
	}
}

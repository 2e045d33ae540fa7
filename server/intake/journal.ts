import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../../src/lib/errors.ts';
import { openHistoryDb } from '../history/database.ts';
import type { Log } from '../log.ts';
import type { Reading } from '../history/store.ts';
import type { Kept } from './merge.ts';

/** How long the first message of a batch waits for others to share its fsync. */
const GROUP_MS = 4;
/** A removed entity is remembered so long, to clear a retained state that survived its removal. */
const TOMBSTONE_MS = 7 * 86_400_000;

/** What one accepted message changes: `entity` undefined is a removal. */
export interface Change {
	id: string;
	layer: string;
	entity: Kept | undefined;
	readings: readonly Reading[];
}

interface Waiter {
	resolve: () => void;
	reject: (error: Error) => void;
}

/**
 * The durable side of the intake: a node:sqlite file in which each accepted change is written, many changes by one
 * transaction and one fsync (group commit). `write` resolves only then. Whoever keeps more of a message (history) adds
 * itself to the same transaction through `stage`.
 */
export class Journal {
	readonly db: DatabaseSync;
	#log: Log;
	#clock: () => number;
	#stage: (readings: readonly Reading[]) => void;
	#put: StatementSync;
	#drop: StatementSync;
	#batch: Change[] = [];
	#waiters: Waiter[] = [];
	#timer: NodeJS.Timeout | undefined;
	#failing: string | undefined;
	commits = 0;

	constructor(o: {
		file: string;
		clock: () => number;
		log: Log;
		/** Called inside the open transaction with the readings of the batch; must be synchronous. */
		stage?: (readings: readonly Reading[]) => void;
	}) {
		this.#clock = o.clock;
		this.#log = o.log;
		this.#stage = o.stage ?? (() => {});
		this.db = openHistoryDb(o.file);
		this.db.exec(
			`CREATE TABLE IF NOT EXISTS entity(
			   id TEXT PRIMARY KEY, layer TEXT NOT NULL, body TEXT, removed INTEGER) WITHOUT ROWID;`
		);
		this.#put = this.db.prepare(
			'INSERT INTO entity(id, layer, body, removed) VALUES(?, ?, ?, NULL) ' +
				'ON CONFLICT(id) DO UPDATE SET layer=excluded.layer, body=excluded.body, removed=NULL'
		);
		this.#drop = this.db.prepare(
			'INSERT INTO entity(id, layer, body, removed) VALUES(?, ?, NULL, ?) ' +
				'ON CONFLICT(id) DO UPDATE SET body=NULL, removed=excluded.removed'
		);
		this.db.prepare('DELETE FROM entity WHERE removed < ?').run(this.#clock() - TOMBSTONE_MS);
	}

	/** Why writing fails since the last success, or undefined. */
	get failing(): string | undefined {
		return this.#failing;
	}

	/** Everything known, and the ids removed lately with the time of their removal (ms). */
	load(): { entities: Kept[]; removed: Map<string, { layer: string; at: number }> } {
		const entities: Kept[] = [];
		const removed = new Map<string, { layer: string; at: number }>();
		for (const row of this.db.prepare('SELECT id, layer, body, removed FROM entity').iterate()) {
			const {
				id,
				layer,
				body,
				removed: at
			} = row as {
				id: string;
				layer: string;
				body: string | null;
				removed: number | null;
			};
			if (body === null) removed.set(id, { layer, at: at ?? 0 });
			else entities.push(JSON.parse(body) as Kept);
		}
		return { entities, removed };
	}

	/** Resolves once `change` is on the disk; rejects `storage_full` where it could not be written. */
	write(change: Change): Promise<void> {
		this.#batch.push(change);
		return this.settled();
	}

	/** Resolves once everything handed to `write` so far is on the disk. */
	settled(): Promise<void> {
		if (this.#batch.length === 0) return Promise.resolve();
		return new Promise<void>((resolve, reject) => {
			this.#waiters.push({ resolve, reject });
			this.#timer ??= setTimeout(() => this.flush(), GROUP_MS);
		});
	}

	/** Commits what waits, now. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const batch = this.#batch;
		const waiters = this.#waiters;
		this.#batch = [];
		this.#waiters = [];
		if (batch.length === 0) return;
		try {
			this.#commit(batch);
		} catch (error) {
			const message = (error as Error).message;
			if (this.#failing === undefined)
				this.#log.error({ err: error }, 'readings cannot be written');
			this.#failing = message;
			const failure = new AppError('storage_full', message, { cause: error });
			// The last first: each puts back what it found, so that what stands in the end is what the first found.
			for (const { reject } of waiters.reverse()) reject(failure);
			return;
		}
		if (this.#failing !== undefined) this.#log.info('readings are written again');
		this.#failing = undefined;
		for (const { resolve } of waiters) resolve();
	}

	#commit(batch: readonly Change[]): void {
		const last = new Map<string, Change>();
		for (const change of batch) last.set(change.id, change);
		this.db.exec('BEGIN IMMEDIATE');
		try {
			const now = this.#clock();
			for (const { id, layer, entity } of last.values()) {
				if (entity) this.#put.run(id, layer, JSON.stringify(entity));
				else this.#drop.run(id, layer, now);
			}
			this.#stage(batch.flatMap(({ readings }) => readings));
			this.db.exec('COMMIT');
			this.commits++;
		} catch (error) {
			if (this.db.isTransaction) this.db.exec('ROLLBACK');
			throw error;
		}
	}

	close(): void {
		this.flush();
		this.db.close();
	}
}

import { DatabaseSync } from 'node:sqlite';

/**
 * Opens `history.db` as every process of ours does. `synchronous=FULL`: committed means on the disk, power cut included.
 * Writers of two processes wait for one another; readers never wait.
 */
export function openHistoryDb(file: string): DatabaseSync {
	const db = new DatabaseSync(file, { timeout: 5_000 });
	db.exec(`
		PRAGMA journal_mode = WAL;
		PRAGMA synchronous = FULL;
		PRAGMA cache_size = -32768;
		PRAGMA wal_autocheckpoint = 4000;
		PRAGMA journal_size_limit = 67108864;
	`);
	return db;
}

/** Runs `work` in a transaction of its own; rolled back where it throws. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
	db.exec('BEGIN IMMEDIATE');
	try {
		const result = work();
		db.exec('COMMIT');
		return result;
	} catch (error) {
		if (db.isTransaction) db.exec('ROLLBACK');
		throw error;
	}
}

// Numbers come back as JS numbers: all of ours are below 2^53.
export const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The embedded stores: everything the default shape cannot make again. */
const STORES = ['history.db', 'app.db'] as const;

/**
 * Copies the embedded stores into `folder` while the app runs: each file as it stood at one moment, checked. Returns the
 * names copied. Throws where `folder` already holds a backup.
 */
export function backup(dataDir: string, folder: string): string[] {
	fs.mkdirSync(folder, { recursive: true });
	const present = STORES.filter((name) => fs.existsSync(path.join(dataDir, name)));
	if (present.length === 0) throw new Error(`${dataDir} holds no store`);
	for (const name of present) {
		const target = path.join(folder, name);
		if (fs.existsSync(target)) throw new Error(`${target} is there already: name another folder`);
		copyStore(path.join(dataDir, name), target);
	}
	return present;
}

/** Copies a SQLite store as it stands at one moment, while others use it; the copy is checked and on the disk. */
export function copyStore(from: string, target: string): void {
	const db = new DatabaseSync(from, { timeout: 5_000 });
	try {
		db.prepare('VACUUM INTO ?').run(target);
	} finally {
		db.close();
	}
	check(target);
	const file = fs.openSync(target, 'r');
	fs.fsyncSync(file);
	fs.closeSync(file);
}

/**
 * Puts the stores of a backup in the place of those of `dataDir`; what was there is set aside, not deleted. Returns the
 * names put back. Throws where the app is running, or a file of the backup is damaged.
 */
export function restore(dataDir: string, folder: string, now: Date = new Date()): string[] {
	const present = STORES.filter((name) => fs.existsSync(path.join(folder, name)));
	if (present.length === 0) throw new Error(`${folder} holds no backup`);
	for (const name of present) check(path.join(folder, name));
	fs.mkdirSync(dataDir, { recursive: true });
	for (const name of present) alone(path.join(dataDir, name));
	const aside = now.toISOString().replace(/[:.]/g, '-');
	for (const name of present) {
		const target = path.join(dataDir, name);
		const coming = `${target}.coming`;
		fs.copyFileSync(path.join(folder, name), coming);
		if (fs.existsSync(target)) fs.renameSync(target, `${target}.before-${aside}`);
		for (const end of ['-wal', '-shm']) fs.rmSync(target + end, { force: true });
		fs.renameSync(coming, target);
	}
	return present;
}

function check(file: string): void {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		const answer = db.prepare('PRAGMA quick_check').get();
		if (answer?.['quick_check'] !== 'ok') throw new Error(`${file} is damaged`);
	} finally {
		db.close();
	}
}

/** Throws where another process has the file open; brings what its log still held into the file itself. */
export function alone(file: string): void {
	if (!fs.existsSync(file)) return;
	const db = new DatabaseSync(file);
	try {
		// Leaving write-ahead logging needs the file for oneself.
		const answer = db.prepare('PRAGMA journal_mode = DELETE').get();
		if (answer?.['journal_mode'] !== 'delete') throw new Error('in use');
	} catch {
		throw new Error(`${file} is in use: stop the app first`);
	} finally {
		db.close();
	}
}

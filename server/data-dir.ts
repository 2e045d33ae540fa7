import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './start-error.ts';

/** Why a folder cannot be used or made, in words; undefined where it can. Changes nothing. */
export function whyUnusable(folder: string): string | undefined {
	let there = folder;
	while (!fs.existsSync(there) && path.dirname(there) !== there) there = path.dirname(there);
	try {
		if (!fs.statSync(there).isDirectory()) return `${there} is not a folder`;
		fs.accessSync(there, fs.constants.W_OK | fs.constants.X_OK);
		return undefined;
	} catch (error) {
		return `${there} may not be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
	}
}

/** Makes a folder and those above it. Throws `StartError`. (Node's own `recursive` never returns where `/proc` refuses.) */
export function makeFolder(folder: string): void {
	if (fs.existsSync(folder)) return;
	makeFolder(path.dirname(folder));
	try {
		fs.mkdirSync(folder);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code !== 'EEXIST')
			throw new StartError(`DATA_DIR: ${folder} cannot be made (${code})`, { cause: error });
	}
}

/** How long a process that is just ending may still hold the folder. */
const PATIENCE_MS = 3_000;

/**
 * Takes a data folder for this intake alone, until the function returned is called or the process ends, however it ends:
 * two of them would overwrite each other's entities. Throws `StartError` where another process has it.
 */
export function claimDataDir(folder: string): () => void {
	makeFolder(folder);
	// The system gives up a lock of SQLite with its process; a file with a process id would survive a kill.
	const lock = new DatabaseSync(path.join(folder, 'intake.lock'), { timeout: PATIENCE_MS });
	try {
		lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
	} catch (error) {
		lock.close();
		throw new StartError(
			`DATA_DIR: ${folder} is in use by another process; give each one its own`,
			{ cause: error }
		);
	}
	return () => lock.close();
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** An error of a damaged store, in words with a way out; any other error as it is. */
export function sayDamaged(error: unknown, file: string): unknown {
	const code = (error as { errcode?: number }).errcode;
	if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) return error;
	return new StartError(
		`${file} is damaged (${(error as Error).message}): put a backup in its place, or move it away to begin with an empty history`,
		{ cause: error }
	);
}

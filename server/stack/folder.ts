import fs from 'node:fs';
import path from 'node:path';
import { alone, copyStore } from '../history/backup.ts';
import { filesOf } from './manifest.ts';

/** Logs and locks of SQLite, files half written, and what a restore set aside. */
const LEFT_OUT = /(-wal|-shm|-journal|\.lock|\.tmp|\.coming)$|\.before-/;
const kept = (name: string) => !name.split(path.sep).some((part) => LEFT_OUT.test(part));

/**
 * Copies a folder while its app runs: each SQLite store as it stood at one moment, every other file as it is (ours are
 * written aside and renamed, so never half). A file that goes away meanwhile is not part of it. Returns the names copied.
 */
export function backupFolder(from: string, to: string): string[] {
	const copied: string[] = [];
	const names = filesOf(from).filter(kept);
	// Rows before files: a photo is on the disk before its row, so no row copied lacks its photo.
	const stores = names.filter((name) => name.endsWith('.db'));
	for (const name of [...stores, ...names.filter((name) => !stores.includes(name))]) {
		const source = path.join(from, name);
		const target = path.join(to, name);
		fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
		try {
			if (isStore(source)) copyStore(source, target);
			else fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL);
		} catch (error) {
			if (fs.existsSync(source)) throw error;
			fs.rmSync(target, { force: true });
			continue;
		}
		copied.push(name);
	}
	return copied;
}

/** What of a backup's folder stands in `to` already. */
export function standing(from: string, to: string): string[] {
	return entries(from).filter((name) => fs.existsSync(path.join(to, name)));
}

/** Throws where an app has one of the stores that would be replaced open. */
export function claimFolder(from: string, to: string): void {
	for (const name of filesOf(from)) {
		const target = path.join(to, name);
		if (fs.existsSync(target) && isStore(target)) alone(target);
	}
}

/** Puts the files of a backup in `to`; what stood there under the same name is set aside, not deleted. */
export function restoreFolder(from: string, to: string, now: number): string[] {
	fs.mkdirSync(to, { recursive: true });
	const aside = new Date(now).toISOString().replace(/[:.]/g, '-');
	for (const name of entries(from)) {
		const target = path.join(to, name);
		const coming = `${target}.coming`;
		fs.rmSync(coming, { recursive: true, force: true });
		fs.cpSync(path.join(from, name), coming, { recursive: true });
		if (fs.existsSync(target)) fs.renameSync(target, `${target}.before-${aside}`);
		for (const end of ['-wal', '-shm']) fs.rmSync(target + end, { force: true });
		fs.renameSync(coming, target);
	}
	return filesOf(from).filter((name) => fs.existsSync(path.join(to, name)));
}

const entries = (folder: string) => (fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []);

function isStore(file: string): boolean {
	const head = Buffer.alloc(16);
	const handle = fs.openSync(file, 'r');
	fs.readSync(handle, head, 0, 16, 0);
	fs.closeSync(handle);
	return head.toString('latin1') === 'SQLite format 3\0';
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from './cli.ts';
import { openHistoryDb } from './database.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const env = { DATA_DIR: path.join(folder, 'data') };
const csv = path.join(folder, 'old.csv');
fs.writeFileSync(
	csv,
	'entity,attribute,dateObserved,value\nbike-a-1,availableBikeNumber,2024-06-01T10:00:00Z,5\n'
);

const counts = () => {
	const db = openHistoryDb(path.join(env.DATA_DIR, 'history.db'));
	const of = (table: string) => db.prepare(`SELECT count(*) n FROM ${table}`).get()?.['n'];
	const found = ['series', 'chunk', 'r15', 'r60'].map(of);
	db.close();
	return found;
};

test('import, backup, forget and restore: counts equal on an empty machine', async () => {
	expect(await run(['import', csv, '--system', 'old'], env)).toBe(
		'1 readings of 1 series imported'
	);
	const before = counts();
	expect(before).toEqual([1, 1, 1, 1]);
	const kept = path.join(folder, 'kept');
	await run(['backup', kept], env);
	await expect(run(['backup', kept], env)).rejects.toThrow('is there already');
	expect(await run(['forget', '--system', 'old'], env)).toBe('1 series of old forgotten');
	expect(counts()).toEqual([0, 0, 0, 0]);
	await run(['restore', kept], env);
	expect(counts()).toEqual(before);
	const empty = { DATA_DIR: path.join(folder, 'another') };
	await run(['restore', kept], empty);
	expect(fs.existsSync(path.join(empty.DATA_DIR, 'history.db'))).toBe(true);
	// What stood there before the restore is set aside.
	expect(fs.readdirSync(env.DATA_DIR).filter((name) => name.includes('before'))).toHaveLength(1);
});

test('a restore under a running app is refused', async () => {
	const kept = path.join(folder, 'kept2');
	await run(['backup', kept], env);
	const db = openHistoryDb(path.join(env.DATA_DIR, 'history.db'));
	db.prepare('SELECT count(*) FROM series').get();
	await expect(run(['restore', kept], env)).rejects.toThrow('stop the app first');
	db.close();
});

test('a damaged backup is refused before anything is touched', async () => {
	const bad = path.join(folder, 'bad');
	fs.mkdirSync(bad);
	fs.writeFileSync(path.join(bad, 'history.db'), 'this is no database, whatever its name says');
	const before = counts();
	await expect(run(['restore', bad], env)).rejects.toThrow();
	expect(counts()).toEqual(before);
});

test.each([
	[],
	['explode'],
	['import'],
	['import', csv],
	['import', csv, '--system', 'Old System'],
	['import', csv, '--system', 'old', '--map', 'mine'],
	['import', csv, '--system', 'old', '--zone', 'Mars/Olympus'],
	['import', 'nothing.csv', '--system', 'old'],
	['forget'],
	['backup'],
	['import', csv, '--what']
])('%s is told what is wrong with it', async (...args) => {
	await expect(run(args, env)).rejects.toMatchObject({ name: 'UsageError' });
});

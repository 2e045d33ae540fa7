import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { register } from '../../src/lib/layers/index.ts';
import { readConfig, type Config } from '../config.ts';
import { silent, type Log } from '../log.ts';
import { startInflux, type InfluxServer } from '../testing/influx.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import type { HistoryStore } from './store.ts';

/** A store under test, on files of its own, with a clock the test moves. */
export interface Subject {
	store(): HistoryStore;
	db(): DatabaseSync;
	clock: { now: number };
	/** Ends the process as it stands and begins it again on the same files. */
	reopen(): Promise<void>;
	close(): Promise<void>;
}

export async function openSubject(
	config: Pick<Config, 'influx' | 'history'>,
	now: number,
	log: Log = silent
): Promise<Subject> {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'));
	const clock = { now };
	let db = openHistoryDb(path.join(folder, 'history.db'));
	const make = () =>
		createHistory({ db, register: register(), config, clock: () => clock.now, log });
	let store = make();
	await store.open();
	return {
		store: () => store,
		db: () => db,
		clock,
		reopen: async () => {
			await store.close();
			db.close();
			db = openHistoryDb(path.join(folder, 'history.db'));
			store = make();
			await store.open();
		},
		close: async () => {
			await store.close();
			db.close();
			fs.rmSync(folder, { recursive: true });
		}
	};
}

export const embedded: Pick<Config, 'influx' | 'history'> = readConfig({});

let buckets = 0;

/**
 * InfluxDB to try: the one `INFLUX_URL` names (with `INFLUX_TOKEN`, `INFLUX_ADMIN_TOKEN`, `INFLUX_ORG` …), else a real
 * 1.x started here; undefined where there is neither.
 */
export async function influxServer(): Promise<
	{ server: InfluxServer | undefined; config: () => Pick<Config, 'influx' | 'history'> } | undefined
> {
	const given = process.env['INFLUX_URL'];
	const server = given === undefined ? await startInflux() : undefined;
	const url = given ?? server?.url.href;
	if (url === undefined) return undefined;
	const env = Object.fromEntries(
		Object.entries(process.env).filter(([name]) => name.startsWith('INFLUX_'))
	);
	/** A configuration with databases of its own. */
	const config = () => {
		const bucket = `capitoul_test_${process.pid}_${++buckets}`;
		return readConfig({ ...env, INFLUX_URL: url, INFLUX_BUCKET: bucket });
	};
	return { server, config };
}

import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as v from 'valibot';
import { register } from '../../src/lib/layers/index.ts';
import { reportSchema } from '../../src/lib/reports/report.ts';
import { readConfig, type Config } from '../config.ts';
import { openDatabase } from '../database/database.ts';
import { openHistoryDb } from '../history/database.ts';
import { createHistory } from '../history/history.ts';
import { InfluxClient } from '../history/influx-client.ts';
import { HOUR_MS, type Reading } from '../history/store.ts';
import { silent } from '../log.ts';
import { createReports } from '../reports/reports.ts';
import { ADDRESS, aPhoto, aReport } from '../reports/testing.ts';
import { startInflux, type InfluxServer } from '../testing/influx.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres.ts';
import { scratch } from '../testing/scratch.ts';
import { countValues } from './influx.ts';
import { open } from './manifest.ts';
import { countRows } from './postgres.ts';
import { backup, restore, type Stack } from './stack.ts';

let postgres: PostgresServer | undefined;
let influx: InfluxServer | undefined;
beforeAll(async () => {
	[postgres, influx] = await Promise.all([startPostgres(), startInflux()]);
}, 60_000);
afterAll(() => Promise.all([postgres?.remove(), influx?.remove()]));

const now = Date.now();

function stackOf(env: Record<string, string>, more: Partial<Stack> = {}): Stack {
	const config = readConfig(env);
	const rest = { folders: {}, secrets: undefined, version: '0.1.0', clock: Date.now, log: silent };
	return { config, ...rest, ...more };
}

/** A city of before: two reports with a photo, one with awkward words, and three days of readings, some of them at once. */
async function fill(config: Config): Promise<void> {
	fs.mkdirSync(config.dataDir, { recursive: true });
	const database = await openDatabase(config);
	const { dataDir } = config;
	const reports = createReports({ database, dataDir, clock: Date.now, log: silent });
	for (const description of ['Un trou', 'Une "citation"\n\\ et 🚲 à l’œil'])
		await reports.submit(
			{
				report: v.parse(reportSchema, aReport({ description })),
				photos: [await aPhoto()],
				device: undefined,
				source: 'app'
			},
			ADDRESS
		);
	await reports.close();
	await database.close();
	const db = openHistoryDb(path.join(dataDir, 'history.db'));
	const store = createHistory({ db, register: register(), config, clock: Date.now, log: silent });
	await store.open();
	const readings: Reading[] = [];
	for (let i = 0; i < 700; i++)
		for (const entity of ['bike-test-1', 'bike-test-2'])
			readings.push({
				...{ entity, layer: 'bike', attribute: 'availableBikeNumber' },
				...{ t: now - 72 * HOUR_MS + i * 360_000, v: i % 17, district: `quartier ${i % 2}` }
			});
	await store.append(readings);
	while ((await store.maintain(Date.now())).more);
	await store.close();
	db.close();
}

const rowsOf = (file: string, table: string) => {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		return db.prepare(`SELECT * FROM ${table}`).all();
	} finally {
		db.close();
	}
};

test('embedded: backed up while in use, restored on an empty machine, counts and values equal; damage and data in place refused', async () => {
	const folder = scratch('stack-');
	const source = stackOf({ DATA_DIR: path.join(folder, 'data') });
	await fill(readConfig({ DATA_DIR: path.join(folder, 'data') }));
	fs.writeFileSync(path.join(folder, 'data', 'devices.json'), '{"a":1}', { mode: 0o600 });
	const inUse = new DatabaseSync(path.join(folder, 'data', 'app.db'));
	inUse.exec('BEGIN IMMEDIATE; DELETE FROM reports');
	const kept = path.join(folder, 'kept');
	const { parts } = await backup(source, kept);
	inUse.exec('ROLLBACK');
	inUse.close();
	await expect(backup(source, kept)).rejects.toThrow('holds something already');
	expect(fs.readdirSync(folder).sort()).toEqual(['data', 'kept']);

	const to = path.join(folder, 'empty');
	const target = stackOf({ DATA_DIR: to });
	expect(await restore(target, kept)).toEqual(parts);
	for (const [file, tables] of [
		['app.db', ['reports', 'report_photos', 'report_events']],
		['history.db', ['series', 'series']]
	] as const)
		for (const table of tables) {
			const before = rowsOf(path.join(folder, 'data', file), table);
			expect(before.length, table).toBeGreaterThan(0);
			expect(rowsOf(path.join(to, file), table), table).toEqual(before);
		}
	expect(fs.statSync(path.join(to, 'devices.json')).mode & 0o777).toBe(0o600);
	for (const { file } of rowsOf(path.join(to, 'app.db'), 'report_photos') as { file: string }[])
		expect(
			fs
				.readdirSync(path.join(to, 'photos'), { recursive: true, encoding: 'utf8' })
				.some((name) => name.endsWith(path.basename(file)) || name.includes(file)),
			file
		).toBe(true);

	await expect(restore(target, kept)).rejects.toThrow('nothing was restored');
	const used = new DatabaseSync(path.join(to, 'app.db'));
	used.exec('PRAGMA journal_mode = WAL');
	used.prepare('SELECT count(*) FROM reports').get();
	await expect(restore(target, kept, { force: true })).rejects.toThrow('stop the app first');
	used.close();
	await restore(target, kept, { force: true });
	expect(fs.readdirSync(to).some((name) => name.startsWith('app.db.before-'))).toBe(true);

	// One bit of one file, of the right length still.
	const store = path.join(kept, 'folders/data/history.db');
	const bytes = fs.readFileSync(store);
	bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
	fs.writeFileSync(store, bytes);
	const fresh = path.join(folder, 'fresh');
	await expect(restore(stackOf({ DATA_DIR: fresh }), kept)).rejects.toThrow(
		'history.db is damaged'
	);
	expect(fs.existsSync(fresh)).toBe(false);
}, 20_000);

test('one host: PostgreSQL and InfluxDB into empty servers, counts and values equal; secrets only when asked for', async (context) => {
	if (!postgres || !influx) return context.skip('PostgreSQL or InfluxDB is not installed');
	const folder = scratch('stack-');
	const secrets = path.join(folder, 'secrets');
	fs.mkdirSync(path.join(secrets, 'mosquitto'), { recursive: true });
	fs.writeFileSync(path.join(secrets, 'mqtt_web'), 'not for everyone', { mode: 0o600 });
	const mosquitto = path.join(folder, 'mosquitto');
	fs.mkdirSync(mosquitto);
	fs.writeFileSync(path.join(mosquitto, 'mosquitto.db'), 'its own format, whatever its name says');
	const env = {
		DATA_DIR: path.join(folder, 'data'),
		DATABASE_URL: postgres.url.href,
		INFLUX_URL: influx.url.href
	};
	await fill(readConfig(env));
	const source = stackOf(env, { secrets, folders: { mosquitto } });
	const kept = path.join(folder, 'kept');
	const manifest = await backup(source, kept);
	expect(manifest.secretsLeftOut).toContain('mqtt_web');
	expect(Object.keys(manifest.files).filter((name) => name.startsWith('secrets'))).toEqual([]);
	expect(manifest.parts['postgres']).toMatchObject({ reports: 2, report_photos: 2 });
	expect(manifest.parts['influx']).toMatchObject({ capitoul: 1400 });
	expect(manifest.engines['influx']).toMatch(/^1\./);
	const { parts } = await backup(source, path.join(folder, 'whole'), { secrets: true });
	expect(parts['secrets']).toEqual({ files: 1 });

	// Rows of another schema than any this version knows are refused, before anything is written.
	const { Client } = await import('pg');
	const client = new Client({ connectionString: postgres.url.href });
	await client.connect();
	await client.query('create database empty');
	const reportsBefore = (await client.query('select * from reports order by id')).rows as unknown[];
	const elsewhere = new URL('/empty', postgres.url);
	const target = stackOf(
		{
			DATA_DIR: path.join(folder, 'data-2'),
			DATABASE_URL: elsewhere.href,
			INFLUX_URL: influx.url.href,
			INFLUX_BUCKET: 'other'
		},
		{ folders: { mosquitto: path.join(folder, 'mosquitto-2') } }
	);
	const text = fs.readFileSync(path.join(kept, 'manifest.json'), 'utf8');
	const newer = text.replace('"migrations": [', '"migrations": [\n"2099-01-01-z-later",');
	fs.writeFileSync(path.join(kept, 'manifest.json'), newer);
	await expect(restore(target, kept)).rejects.toThrow('newer version');
	expect(await countRows(elsewhere)).toEqual({});
	fs.writeFileSync(path.join(kept, 'manifest.json'), text);

	const restored = await restore(target, kept);
	expect(restored['postgres']).toEqual(manifest.parts['postgres']);
	const second = new Client({ connectionString: elsewhere.href });
	await second.connect();
	expect((await second.query('select * from reports order by id')).rows).toEqual(reportsBefore);
	await second.end();
	await client.end();
	const reader = new InfluxClient(influx.url, {
		token: undefined,
		username: undefined,
		password: undefined
	});
	for (const end of ['', '_15m', '_1h']) {
		const all = 'SELECT * FROM bike GROUP BY *';
		const before = await reader.query(`capitoul${end}`, all);
		expect(before.length, end).toBeGreaterThan(0);
		expect(await reader.query(`other${end}`, all), end).toEqual(before);
	}
	expect(fs.readFileSync(path.join(folder, 'mosquitto-2/mosquitto.db'), 'utf8')).toMatch(
		/^its own/
	);
	// What stands there is not written over, unless told to.
	await expect(restore(target, kept, { only: ['postgres'] })).rejects.toThrow('2 in reports');
	await expect(restore(target, kept, { only: ['influx'] })).rejects.toThrow('1400 in other');
	await restore(target, kept, { force: true, only: ['postgres', 'influx'] });
	expect(await countRows(elsewhere)).toMatchObject({ reports: 2 });
	const { influx: at, history } = readConfig({
		INFLUX_URL: influx.url.href,
		INFLUX_BUCKET: 'other'
	});
	expect(at && (await countValues(at, history))['other']).toBe(1400);
	expect((await open(kept)).format).toBe('capitoul-backup-1');
}, 30_000);

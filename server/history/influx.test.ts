import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'vitest';
import { readConfig } from '../config.ts';
import { register } from '../../src/lib/layers/index.ts';
import { silent } from '../log.ts';
import { startInflux } from '../testing/influx.ts';
import { historyContract, NOW, type Subject } from './contract.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import type { HistoryStore } from './store.ts';

// `INFLUX_URL` (with INFLUX_TOKEN, INFLUX_ADMIN_TOKEN, INFLUX_ORG …) tries any server; else a real 1.x is started here.
const given = process.env['INFLUX_URL'];
const server = given === undefined ? await startInflux() : undefined;
const url = given ?? server?.url.href;

if (url === undefined) test.skip('history in InfluxDB: no server here', () => {});
else
	historyContract('history in InfluxDB', async (): Promise<Subject> => {
		const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'));
		const influx = Object.fromEntries(
			Object.entries(process.env).filter(([name]) => name.startsWith('INFLUX_'))
		);
		const config = readConfig({
			...influx,
			INFLUX_URL: url,
			INFLUX_BUCKET: `capitoul_test_${process.pid}`
		});
		const clock = { now: NOW };
		let db = openHistoryDb(path.join(folder, 'history.db'));
		const make = (): HistoryStore =>
			createHistory({ db, register: register(), config, clock: () => clock.now, log: silent });
		let store = make();
		await store.open();
		return {
			store: () => store,
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
				await server?.remove();
			}
		};
	});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { register } from '../../src/lib/layers/index.ts';
import { silent } from '../log.ts';
import { historyContract, NOW, type Subject } from './contract.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import type { HistoryStore } from './store.ts';

const config = { influx: undefined, history: { rawDays: 35, quarterDays: 400, hourDays: 800 } };

historyContract('history in node:sqlite', async (): Promise<Subject> => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'));
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
		}
	};
});

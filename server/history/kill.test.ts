import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import { silent } from '../log.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import { embedded } from './subject.ts';

/** A process that appends batches and says which are durable, settling all the while as under a clock that races. */
const writer = `
	import { openHistoryDb } from './server/history/database.ts';
	import { createHistory } from './server/history/history.ts';
	import { register } from './src/lib/layers/index.ts';
	const [file, first, base] = process.argv.slice(1);
	const db = openHistoryDb(file);
	let now = Number(base);
	const config = { influx: undefined, history: { rawDays: 35, quarterDays: 400, hourDays: 800 } };
	const store = createHistory({ db, register: register(), config, clock: () => now,
		log: { debug() {}, info() {}, warn() {}, error() {}, child() { return this; } } });
	for (let n = Number(first); ; n++) {
		await store.append(Array.from({ length: 20 }, (_, i) => ({
			entity: 'bike-kill-' + (i % 5), layer: 'bike', attribute: 'availableBikeNumber',
			t: Number(base) + n * 1000 + i, v: n % 50 })));
		process.stdout.write(n + '\\n');
		if (n % 3 === 0) await store.maintain(now += 2_000_000);
	}
`;
const root = path.resolve(import.meta.dirname, '../..');
const ROUNDS = Number(process.env['CAPITOUL_KILL_ROUNDS'] ?? 10);

test(`${ROUNDS} kills at random moments: nothing acknowledged is missing, nothing is there twice`, async () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kill-'));
	const file = path.join(folder, 'history.db');
	const base = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 86_400_000;
	let last = -1;
	for (let round = 0; round < ROUNDS; round++) {
		const child = spawn(
			process.execPath,
			['--input-type=module', '-e', writer, file, String(last + 1), String(base)],
			{ cwd: root, stdio: ['ignore', 'pipe', 'inherit'] }
		);
		const ended = new Promise((resolve) => child.once('close', resolve));
		let said = '';
		child.stdout.on('data', (chunk: Buffer) => {
			// From its first word on, so that a slow start is not all that is killed.
			if (said === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 300);
			said += chunk.toString();
		});
		await ended;
		// A line cut short by the kill was acknowledged to nobody.
		last = Math.max(last, ...said.split('\n').slice(0, -1).map(Number));
	}
	const db = openHistoryDb(file);
	const options = { db, register: register(), config: embedded, clock: Date.now, log: silent };
	const store = createHistory(options);
	for (let e = 0; e < 5; e++) {
		const key = { entity: `bike-kill-${e}`, attribute: 'availableBikeNumber' };
		const { t } = await store.raw(key, base, base + 86_400_000, 1_000_000);
		expect(new Set(t).size).toBe(t.length);
		const found = new Set(t);
		for (let n = 0; n <= last; n++)
			for (let i = e; i < 20; i += 5) expect(found.has(base + n * 1_000 + i)).toBe(true);
		const all = await store.buckets(key, { t0: base, step: 86_400_000, count: 1 });
		expect(all.n[0]).toBe(t.length);
	}
	expect(last).toBeGreaterThan(ROUNDS);
	db.close();
	fs.rmSync(folder, { recursive: true });
}, 120_000);

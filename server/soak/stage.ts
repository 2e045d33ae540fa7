import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { register } from '../../src/lib/layers/index.ts';
import { readConfig } from '../config.ts';
import { openHistoryDb } from '../history/database.ts';
import { createHistory } from '../history/history.ts';
import type { Kept } from '../intake/merge.ts';
import { silent } from '../log.ts';
import { ATTRIBUTE, PASSWORD, until, type SoakDevices } from './devices.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What was found once all was quiet again. */
export interface Account {
	made: number;
	acknowledged: number;
	stored: number;
	/** Acknowledged, and not in history. */
	lost: number;
	/** In history more than once, or there without having been made. */
	twice: number;
	/** Messages the intake counted as missing by their `sequence`. */
	gaps: number;
	/** How long before a kill the oldest lost reading had been acknowledged, ms. */
	oldestLostMs: number;
}

/** The intake as a process of its own, on one data folder, killed and started again at will. */
export class Intake {
	readonly dataDir: string;
	#only: string;
	#env: Record<string, string>;
	#child: ReturnType<typeof spawn> | undefined;
	#output = '';

	constructor(
		env: Record<string, string>,
		{ dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'soak-')), only = 'intake' } = {}
	) {
		this.dataDir = dataDir;
		this.#only = only;
		const none = path.join(this.dataDir, 'no-sources.json');
		fs.writeFileSync(none, '[]');
		this.#env = {
			HOST: '127.0.0.1',
			DATA_DIR: this.dataDir,
			SOURCES: none,
			SIMULATOR: 'off',
			INSTANCE: 'soak',
			LOG_LEVEL: 'error',
			...(env['MQTT_URL'] === undefined && { MQTT_DEVICE_PASSWORD: PASSWORD }),
			...env
		};
	}

	get file(): string {
		return path.join(this.dataDir, 'history.db');
	}

	get pid(): number {
		return this.#child?.pid ?? 0;
	}

	/** What the process printed: errors. */
	get output(): string {
		return this.#output;
	}

	start(): void {
		const child = spawn(process.execPath, ['server/main.ts', '--only', this.#only], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { PATH: process.env['PATH'] ?? '', ...this.#env }
		});
		const keep = (chunk: Buffer) => (this.#output += chunk.toString());
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		this.#child = child;
	}

	/** `kill -9`, or SIGTERM which it must obey; resolves once it is gone. */
	async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (!child) return;
		if (child.exitCode !== null)
			throw new Error(`the intake ended by itself with ${child.exitCode}:\n${this.#output}`);
		const gone = new Promise<number | string | null>((resolve) =>
			child.once('exit', (code, by) => resolve(code ?? by))
		);
		child.kill(signal);
		const end = await gone;
		if (signal === 'SIGTERM' && end !== 0)
			throw new Error(`the intake ended with ${end}:\n${this.#output}`);
	}

	/** Readings accepted and still on their way into the database. */
	waiting(): number {
		const [row] = this.#read('SELECT coalesce(sum(n), 0) n FROM staged');
		return Number(row?.['n'] ?? 0);
	}

	/** Readings of the embedded store that queries answer with: those waiting to be packed, and the packed. */
	stored(): number {
		const [row] = this.#read('SELECT coalesce(sum(n), 0) n FROM r60');
		return this.waiting() + Number(row?.['n'] ?? 0);
	}

	/** The last `sequence` kept of each device, and how many of its messages are known to be missing. */
	heard(): Map<string, { sequence: number; gaps: number }> {
		const rows = this.#read('SELECT body FROM entity WHERE body IS NOT NULL');
		const entities = rows.map(({ body }) => JSON.parse(String(body)) as Kept);
		return new Map(entities.map(({ id, sequence = 0, gaps }) => [id, { sequence, gaps }]));
	}

	/** Asks its file beside it; nothing where the file or the table is not made yet. */
	#read(sql: string): Record<string, unknown>[] {
		if (!fs.existsSync(this.file)) return [];
		const db = new DatabaseSync(this.file, { readOnly: true, timeout: 5_000 });
		try {
			return db.prepare(sql).all();
		} catch (error) {
			if (/no such table/.test(String(error))) return [];
			throw error;
		} finally {
			db.close();
		}
	}

	/** With everything acknowledged and at its place: holds what the devices know against what history holds. */
	async account(devices: SoakDevices, kills: readonly number[] = []): Promise<Account> {
		const config = readConfig(this.#env);
		await until(() => {
			const heard = this.heard();
			return devices.all.every(({ id, made }) => heard.get(id)?.sequence === made.length);
		}, 'the last reading of each device');
		if (config.influx)
			await until(() => this.waiting() === 0, 'the backlog to be written', 120_000);
		await this.kill('SIGTERM');
		const heard = this.heard();
		const gaps = devices.all.reduce((sum, { id }) => sum + (heard.get(id)?.gaps ?? 0), 0);
		const db = openHistoryDb(this.file);
		const clock = Date.now;
		const store = createHistory({ db, register: register(), config, clock, log: silent });
		const found: Account = {
			made: 0,
			acknowledged: 0,
			stored: 0,
			lost: 0,
			twice: 0,
			gaps,
			oldestLostMs: 0
		};
		try {
			for (const { id, made } of devices.all) {
				const key = { entity: id, attribute: ATTRIBUTE };
				const from = (made[0]?.t ?? 0) - 1;
				const to = (made.at(-1)?.t ?? 0) + 1;
				const { t, v } = await store.raw(key, from, to, 1e9);
				const stored = new Map(t.map((time, i) => [time, v[i]]));
				found.stored += stored.size;
				found.twice += t.length - stored.size;
				for (const { t, v, acknowledged } of made) {
					found.made++;
					if (acknowledged === undefined) continue;
					found.acknowledged++;
					if (stored.get(t) !== v) {
						found.lost++;
						const kill = kills.find((at) => at >= acknowledged) ?? Infinity;
						found.oldestLostMs = Math.max(found.oldestLostMs, kill - acknowledged);
					}
					stored.delete(t);
				}
				found.twice += stored.size;
				// What is asked for by steps must come to the same number.
				const t0 = Math.floor(from / STEP_MS) * STEP_MS;
				const count = Math.ceil((to - t0) / STEP_MS);
				const { n } = await store.buckets(key, { t0, step: STEP_MS, count });
				found.twice += Math.abs(n.reduce((a, b) => a + b, 0) - t.length);
			}
		} finally {
			await store.close();
			db.close();
		}
		return found;
	}

	/** Kills it where it still runs, and removes its files. */
	async remove(): Promise<void> {
		await this.kill().catch(() => {});
		fs.rmSync(this.dataDir, { recursive: true, force: true });
	}
}

const STEP_MS = 60_000;

import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../server/config.ts';
import { withStore } from '../../server/history/cli.ts';
import type { Reading } from '../../server/history/store.ts';
import { startStack, type Shape } from '../../server/testing/stack.ts';
import { next, startProgram, stop } from '../bench/process.ts';
import { deviceId, quietId, readBackId } from './city.ts';
import { QUIET, READ_BACK, startProbes } from './probes.ts';

const PASSWORD = 'only-for-the-load';
const DAY_MS = 86_400_000;
const PERIOD_MS = 10_000;
const BATCH = 50_000;

/** A program of the load: each message is answered with one. */
export class Helper {
	readonly child: ChildProcess;
	constructor(child: ChildProcess) {
		this.child = child;
	}
	ask<T>(message: object | string): Promise<T> {
		const answer = next<T>(this.child);
		this.child.send(message);
		return answer;
	}
}

async function helper(file: string, config: object): Promise<Helper> {
	const { child } = await startProgram(`../load/${file}`, [JSON.stringify(config)]);
	return new Helper(child);
}

export interface StageOptions {
	shape: Shape;
	devices: number;
	/** Sensors that have a day behind them. */
	sensors: number;
}

export type Stage = NonNullable<Awaited<ReturnType<typeof openStage>>>;

/**
 * The stack in one shape with devices, phones, clients and probes, all idle. Undefined with a printed reason where an
 * engine is missing.
 */
export async function openStage({ shape, devices, sensors }: StageOptions) {
	const ids = [
		...Array.from({ length: devices }, (_, n) => deviceId(n)),
		...Array.from({ length: QUIET }, (_, n) => quietId(n)),
		...Array.from({ length: READ_BACK }, (_, n) => readBackId(n))
	];
	const stack = await startStack(Object.fromEntries(ids.map((id) => [id, PASSWORD])), shape);
	if (!stack) return undefined;
	const begun = Date.now();
	const { ports, nginx, influx, tls, folder } = stack;
	// Whatever ends this process: its folder holds secrets.
	const clean = () => fs.rmSync(folder, { recursive: true, force: true });
	process.on('exit', clean);
	const ca = path.join(tls, 'ca.crt');
	const secret = (name: string) => fs.readFileSync(path.join(stack.secrets, name), 'utf8').trim();
	const sender = await helper('devices.ts', {
		port: ports.tls,
		ca,
		count: devices,
		password: PASSWORD
	});
	const whole = shape.webs > 0 && shape.intakes > 0;
	const pastEnd = begun - 60_000;
	if (whole) await yesterday(influx.url, sensors, pastEnd);
	const phones = whole ? await helper('phones.ts', { port: nginx.port, ca }) : undefined;
	const queries = whole
		? await helper('queries.ts', { origin: nginx.url, ca, sensors, end: pastEnd })
		: undefined;
	const listener = whole
		? undefined
		: await helper('listener.ts', { port: ports.tls, ca, password: secret('mqtt_nodered') });
	const probes = whole
		? await startProbes({
				origin: nginx.url,
				devicePort: ports.tls,
				phonePort: nginx.port,
				ca: fs.readFileSync(ca),
				password: PASSWORD,
				framesPassword: secret('mqtt_frames')
			})
		: undefined;

	/** Readings of the load that are in InfluxDB; those of the day before are not counted. */
	async function stored(): Promise<number> {
		if (listener) return (await listener.ask<{ received: number }>('tell')).received;
		const q = `SELECT count("no2") FROM "air" WHERE time >= ${begun}ms`;
		const query = new URLSearchParams({ db: 'capitoul', q });
		const answer = await fetch(new URL(`/query?${query}`, influx.url), { method: 'POST' });
		const { results } = (await answer.json()) as {
			results: { series?: { values: [number, number][] }[] }[];
		};
		return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
	}

	return {
		sender,
		phones,
		queries,
		probes,
		stored,
		/** What our processes printed: warnings and errors. */
		output: () =>
			[...stack.intakes, stack.frames, ...stack.webs].map(({ output }) => output).join(''),
		async close() {
			await probes?.stop();
			for (const each of [sender, phones, queries, listener]) if (each) await stop(each.child);
			await stack.remove();
			process.off('exit', clean);
		}
	};
}

/** 25 hours of some sensors, one reading every ten seconds, as the workload has them. */
async function yesterday(influx: URL, sensors: number, end: number): Promise<void> {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'load-past-'));
	const config = readConfig({
		INFLUX_URL: influx.href,
		INFLUX_ADMIN_USERNAME: 'admin',
		INFLUX_ADMIN_PASSWORD: 'admin',
		DATA_DIR: folder
	});
	async function* batches(): AsyncGenerator<readonly Reading[]> {
		let batch: Reading[] = [];
		for (let n = 0; n < sensors; n++)
			for (let t = end - DAY_MS - 3_600_000; t < end; t += PERIOD_MS) {
				const v = Math.round((30 + 20 * Math.sin(t / 9e6 + n)) * 100) / 100;
				batch.push({ entity: deviceId(n), layer: 'air', attribute: 'no2', t, v });
				if (batch.length < BATCH) continue;
				yield batch;
				batch = [];
			}
		if (batch.length > 0) yield batch;
	}
	try {
		await withStore(config, (store) => store.import(batches()));
	} finally {
		fs.rmSync(folder, { recursive: true, force: true });
	}
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serviceAccounts } from '../../server/broker/credentials.ts';
import { until } from '../../server/soak/devices.ts';
import { Intake } from '../../server/soak/stage.ts';
import type { InfluxServer } from '../../server/testing/influx.ts';
import { freePort } from '../../server/testing/ports.ts';
import { mosquitto } from './broker.ts';
import { BOX, flood, ourLoad, peerLoad, type Load } from './flood.ts';
import { cpuSeconds, sleep, startCommand, stop } from './process.ts';

/** Messages stored per second of the process's own CPU, and how many of those sent were not. */
export interface Stored {
	perCpuSecond: number;
	lost: number;
	count: number;
}

const peers = path.resolve(import.meta.dirname, '../../../shared/bench/peers');
const root = path.resolve(import.meta.dirname, '../..');
/** Half an hour ago: inside what a store takes, and not ahead of its clock. */
const start = () => Math.floor(Date.now() / 1_000) * 1_000 - 1_800_000;
const VALUES = 4; // numbers in a message
const PATIENCE_MS = 120_000;
/** After the last reading: batches still open are written. */
const SETTLE_MS = 1_500;

/** How many points of a measurement an InfluxDB 1.x holds; 0 where it is not made yet. */
async function points(influx: InfluxServer, db: string, field: string): Promise<number> {
	const query = new URLSearchParams({ db, q: `SELECT count("${field}") FROM "air"` });
	const answer = await fetch(new URL(`/query?${query}`, influx.url), { method: 'POST' });
	const { results } = (await answer.json()) as {
		results: { series?: { values: [number, number][] }[] }[];
	};
	return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

interface Run {
	pid: number;
	port: number;
	load: Load;
	connections?: number;
	account?: { username: string; password: string };
	stored: () => number | Promise<number>;
}

/** Warms up with a tenth, then measures `count` messages from the first sent to the last stored. */
async function measure(run: Run, count: number): Promise<Stored> {
	const { pid, port, load, stored } = run;
	const warm = Math.ceil(count / 10);
	const rest = {
		...(run.connections && { connections: run.connections }),
		...(run.account && { account: run.account })
	};
	const all = async (wanted: number) => {
		let last = -1;
		let since = Date.now();
		await until(
			async () => {
				const now = await stored();
				if (now !== last) [last, since] = [now, Date.now()];
				// Nothing more for 15 s: what is missing does not come any more.
				return now >= wanted || Date.now() - since > 15_000;
			},
			'all to be stored',
			PATIENCE_MS
		).catch(() => {});
		return stored();
	};
	await flood(port, load, { to: warm, ...rest });
	await all(warm);
	await sleep(SETTLE_MS);
	const before = cpuSeconds(pid);
	await flood(port, load, { from: warm, to: warm + count, ...rest });
	const kept = (await all(warm + count)) - warm;
	await sleep(SETTLE_MS);
	return { perCpuSecond: kept / (cpuSeconds(pid) - before), lost: count - kept, count };
}

/** Our intake alone, between Mosquitto and InfluxDB: every check, durable before the acknowledgement, `state/` published. */
export async function ours(command: string, influx: InfluxServer, count: number): Promise<Stored> {
	const broker = await mosquitto(command);
	const bucket = `ours_${broker.port}`;
	const intake = new Intake({
		MQTT_URL: `mqtt://127.0.0.1:${broker.port}`,
		INFLUX_URL: influx.url.href,
		INFLUX_BUCKET: bucket,
		INFLUX_ADMIN_USERNAME: 'admin',
		INFLUX_ADMIN_PASSWORD: 'admin'
	});
	try {
		intake.start();
		const probe = async () => {
			const message = ourLoad(start() - 60_000);
			await flood(broker.port, message, { to: 1, connections: 1 });
			await sleep(100);
			return intake.heard().size > 0;
		};
		await until(probe, 'the intake');
		await until(async () => (await points(influx, bucket, 'no2')) > 0, 'the first point');
		const first = await points(influx, bucket, 'no2');
		const stored = async () => (await points(influx, bucket, 'no2')) - first;
		return await measure(
			{ pid: intake.pid, port: broker.port, load: ourLoad(start()), stored },
			count
		);
	} finally {
		await intake.remove();
		await stop(broker.child);
	}
}

/** The embedded shape without its pages: broker, intake and history in one process. */
export async function oursEmbedded(count: number): Promise<Stored> {
	const port = await freePort();
	const intake = new Intake({ MQTT_PORT: String(port) });
	try {
		intake.start();
		await until(() => fs.existsSync(path.join(intake.dataDir, 'accounts.json')), 'the broker');
		await sleep(1_000);
		const { simulator: password } = serviceAccounts(intake.dataDir);
		const account = { username: 'simulator', password };
		// Acknowledged is stored: what the load counts itself is what there is.
		const load = ourLoad(start());
		const stored = () => Math.round(intake.stored() / VALUES);
		return await measure({ pid: intake.pid, port, load, account, connections: 10, stored }, count);
	} finally {
		await intake.remove();
	}
}

/** Twelve districts with wavy edges of 64 corners, for the peers, which look one up for each message. */
function districts(file: string): void {
	const [columns, rows, corners] = [4, 3, 16];
	const [w, h] = [(BOX.east - BOX.west) / columns, (BOX.north - BOX.south) / rows];
	const features = Array.from({ length: columns * rows }, (_, n) => {
		const [x, y] = [BOX.west + w * (n % columns), BOX.south + h * Math.floor(n / columns)];
		const side = (at: (share: number) => [number, number]) =>
			Array.from({ length: corners }, (_, i) => at(i / corners));
		const wave = (share: number) => 0.03 * Math.sin(share * 12);
		const ring = [
			...side((s) => [x + w * s, y + h * wave(s)]),
			...side((s) => [x + w * (1 + wave(s)), y + h * s]),
			...side((s) => [x + w * (1 - s), y + h * (1 + wave(1 - s))]),
			...side((s) => [x + w * wave(1 - s), y + h * (1 - s)])
		];
		ring.push(ring[0] ?? [x, y]);
		return {
			type: 'Feature',
			properties: { id: `d${n}` },
			geometry: { type: 'Polygon', coordinates: [ring] }
		};
	});
	fs.writeFileSync(file, JSON.stringify({ type: 'FeatureCollection', features }));
}

export type PeerName = 'python' | 'node-red' | 'node-late';

/** Why a peer cannot run here, or undefined where it can. */
export function missing(peer: PeerName): string | undefined {
	if (!fs.existsSync(peers)) return '../shared/bench is not on this machine';
	if (peer === 'node-red' && !fs.existsSync(path.join(nodeRed(), 'node_modules/node-red/red.js')))
		return 'set NODE_RED_DIR to a folder with: npm install --no-save --prefix DIR node-red@5.0.7 node-red-contrib-influxdb@0.7.0';
	return undefined;
}
const nodeRed = () => process.env['NODE_RED_DIR'] ?? '/nowhere';

/** One of the programs of `../shared/bench`, in the place of our intake. Throws where it does not start. */
export async function peer(
	name: PeerName,
	command: string,
	influx: InfluxServer,
	count: number
): Promise<Stored> {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-peer-'));
	const broker = await mosquitto(command);
	const db = `peer_${broker.port}`;
	const made = new URLSearchParams({ q: `CREATE DATABASE ${db}` });
	await fetch(new URL(`/query?${made}`, influx.url), { method: 'POST' });
	districts(path.join(folder, 'districts.json'));
	const env = {
		PATH: process.env['PATH'],
		HOME: folder,
		MQTT_PORT: String(broker.port),
		INFLUX_PORT: influx.url.port,
		DB: db,
		DISTRICTS: path.join(folder, 'districts.json'),
		ACK: 'late',
		CLEAN: '0',
		NR_PORT: String(await freePort()),
		NR_FLOW: path.join(folder, 'flow.json'),
		NR_USERDIR: folder
	};
	// Beside our packages, so that it finds `mqtt` there.
	const copy = (file: string) => {
		fs.copyFileSync(path.join(peers, file), path.join(folder, file));
		return path.join(folder, file);
	};
	const packages = name === 'node-red' ? nodeRed() : root;
	fs.symlinkSync(path.join(packages, 'node_modules'), path.join(folder, 'node_modules'));
	if (name === 'node-red') {
		fs.copyFileSync(path.join(peers, 'nodered_flow.json'), env.NR_FLOW);
		copy('nodered_settings.cjs');
	}
	const [program, args] = {
		python: ['/usr/bin/python3', [copy('python_ingest.py')]] as const,
		'node-late': [process.execPath, [copy('node_ingest.mjs')]] as const,
		'node-red': [
			process.execPath,
			[
				path.join(packages, 'node_modules/node-red/red.js'),
				'--settings',
				path.join(folder, 'nodered_settings.cjs')
			]
		] as const
	}[name];
	const child = startCommand(program, args, env);
	try {
		await until(
			async () => {
				if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
				await flood(broker.port, peerLoad(start() - 60_000), { to: 1, connections: 1 });
				await sleep(500);
				return (await points(influx, db, 'no2')) > 0;
			},
			name,
			40_000
		);
		await sleep(SETTLE_MS);
		const first = await points(influx, db, 'no2');
		const stored = async () => (await points(influx, db, 'no2')) - first;
		const load = peerLoad(start());
		return await measure({ pid: child.pid ?? 0, port: broker.port, load, stored }, count);
	} finally {
		await stop(child);
		await stop(broker.child);
		fs.rmSync(folder, { recursive: true, force: true });
	}
}

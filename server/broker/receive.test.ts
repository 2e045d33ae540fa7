import fs from 'node:fs';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { startMosquitto, type RealMosquitto } from '../testing/mosquitto.ts';
import { freePort } from '../testing/ports.ts';
import { mosquitto } from '../testing/real.ts';
import type { Accept } from './port.ts';
import { receiveRaw } from './receive.ts';

const command = mosquitto();
const DEVICE = 'bike-lab-7';
const TOPIC = `capitoul/v1/raw/bike/${DEVICE}`;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function broker(options: Parameters<typeof startMosquitto>[1] = {}) {
	const started = await startMosquitto(command ?? '', { devices: { [DEVICE]: 'pw' }, ...options });
	open.push(() => started.stop());
	return started;
}

function receive(
	at: RealMosquitto,
	accept: Accept,
	more: { shareGroup?: string; instance?: string; maxInFlight?: number } = {}
) {
	const stop = new AbortController();
	let connected = false;
	const done = receiveRaw({
		mqtt: {
			url: new URL(`mqtt://127.0.0.1:${at.port}`),
			username: 'intake',
			password: at.accounts['intake'],
			ca: undefined,
			shareGroup: more.shareGroup
		},
		instance: more.instance ?? 'a',
		accept,
		log: silent,
		signal: stop.signal,
		...(more.maxInFlight && { maxInFlight: more.maxInFlight }),
		onConnection: (now) => (connected = now)
	});
	open.push(async () => {
		stop.abort();
		await done;
	});
	return {
		up: () => expect.poll(() => connected, { timeout: 15_000 }).toBe(true),
		stop: async () => {
			stop.abort();
			await done;
		}
	};
}

async function device(at: RealMosquitto) {
	const client = await connectAsync({
		host: '127.0.0.1',
		port: at.port,
		protocolVersion: 4,
		username: DEVICE,
		password: 'pw',
		reconnectPeriod: 100
	});
	client.on('error', () => {});
	open.push(() => client.endAsync(true));
	return client;
}

const numbers = (n: number, from = 0) => Array.from({ length: n }, (_, i) => String(from + i));

test.runIf(command)(
	'what was not accepted comes again, to this process or the next of its name',
	async () => {
		const at = await broker();
		const first: string[] = [];
		const one = receive(at, (_topic, payload) => {
			first.push(payload.toString());
			return new Promise(() => {}); // never durable
		});
		await one.up();
		const client = await device(at);
		for (const n of numbers(5)) await client.publishAsync(TOPIC, n, { qos: 1 });
		await expect.poll(() => first).toEqual(numbers(5));
		await one.stop();
		for (const n of numbers(5, 5)) await client.publishAsync(TOPIC, n, { qos: 1 });
		const second = new Set<string>();
		const two = receive(at, (_topic, payload) => {
			second.add(payload.toString());
			return Promise.resolve();
		});
		await two.up();
		await expect.poll(() => [...second].sort()).toEqual(numbers(10));
	}
);

test.runIf(command)('where a message could not be kept it is asked for again', async () => {
	const at = await broker();
	const kept = new Set<string>();
	let refusals = 3;
	const intake = receive(at, (_topic, payload) => {
		if (refusals-- > 0) return Promise.reject(new Error('disk full'));
		kept.add(payload.toString());
		return Promise.resolve();
	});
	await intake.up();
	const client = await device(at);
	for (const n of numbers(20)) await client.publishAsync(TOPIC, n, { qos: 1 });
	await expect.poll(() => [...kept].sort(), { timeout: 15_000 }).toEqual(numbers(20).sort());
});

test.runIf(command)(
	'a broker killed and started again keeps for us what came before we were back',
	async () => {
		const port = await freePort();
		const at = await broker({ port });
		const kept = new Set<string>();
		const intake = receive(at, (_topic, payload) => {
			kept.add(payload.toString());
			return Promise.resolve();
		});
		await intake.up();
		const client = await device(at);
		for (const n of numbers(10)) await client.publishAsync(TOPIC, n, { qos: 1 });
		await expect.poll(() => kept.size).toBe(10);
		// Mosquitto saves every 5 s: a session younger than that dies with it (CONTRACT: its stated window).
		const database = path.join(at.folder, 'mosquitto.db');
		const saved = () =>
			fs.existsSync(database) && fs.readFileSync(database, 'latin1').includes('capitoul-intake-a');
		await expect.poll(saved, { timeout: 15_000 }).toBe(true);
		await at.kill();
		await broker({ port, folder: at.folder });
		for (const n of numbers(10, 10)) await client.publishAsync(TOPIC, n, { qos: 1 });
		await expect.poll(() => kept.size, { timeout: 15_000 }).toBe(20);
	}
);

test.runIf(command)(
	'no more are in acceptance at once than the bound says, and none is lost',
	async () => {
		const at = await broker();
		let now = 0;
		let most = 0;
		const kept = new Set<string>();
		const intake = receive(
			at,
			async (_topic, payload) => {
				most = Math.max(most, ++now);
				await new Promise((resolve) => setTimeout(resolve, 5));
				now--;
				kept.add(payload.toString());
			},
			{ maxInFlight: 10 }
		);
		await intake.up();
		const client = await device(at);
		await Promise.all(numbers(500).map((n) => client.publishAsync(TOPIC, n, { qos: 1 })));
		await expect.poll(() => kept.size, { timeout: 15_000 }).toBe(500);
		// One chunk of the network may hold some more than the bound: it is read before the pause takes hold.
		expect(most).toBeLessThan(500);
	}
);

test.runIf(command)('intakes of one group share the messages, each is taken once', async () => {
	const at = await broker();
	const shareGroup = 'a-secret-of-128-bits-aaaaaaaaaaaa';
	const taken: string[][] = [[], []];
	for (const [i, list] of taken.entries()) {
		const intake = receive(
			at,
			(_topic, payload) => {
				list.push(payload.toString());
				return Promise.resolve();
			},
			{ shareGroup, instance: `i${i}` }
		);
		await intake.up();
	}
	const phone = await connectAsync({ host: '127.0.0.1', port: at.port, protocolVersion: 4 });
	open.push(() => phone.endAsync(true));
	const client = await device(at);
	// Until both subscriptions stand, one may get all.
	await expect
		.poll(async () => {
			for (const n of numbers(10)) await client.publishAsync(TOPIC, `warm${n}`, { qos: 1 });
			return taken.every((list) => list.length > 0);
		})
		.toBe(true);
	for (const n of numbers(100)) await client.publishAsync(TOPIC, n, { qos: 1 });
	const all = () => taken.flat().filter((n) => !n.startsWith('warm'));
	await expect.poll(() => all().length).toBe(100);
	expect(new Set(all()).size).toBe(100);
	for (const list of taken) expect(list.filter((n) => !n.startsWith('warm'))).not.toHaveLength(100);
});

import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { silent } from '../log.ts';
import { startMosquitto } from '../testing/mosquitto.ts';
import { mosquitto } from '../testing/real.ts';
import { connectBroker } from './client.ts';
import { embeddedBroker } from './embedded.ts';
import { mqttGateway } from './gateway.ts';
import type { Limits } from './limits.ts';
import type { Broker } from './port.ts';
import type { Upgrade } from './upgrade.ts';

const command = mosquitto();
const CELL = 'capitoul/v1/live/bike/spc00b';
const open: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

interface Served {
	url: string;
	frames: Broker;
}
type More = { limits?: Partial<Limits>; origin?: string; trustedProxies?: string[] };

async function serve(upgrade: Upgrade): Promise<string> {
	const server = http.createServer();
	server.on('upgrade', upgrade);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	open.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`;
}

async function embedded(more: More = {}): Promise<Served> {
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: undefined },
		host: '127.0.0.1',
		dataDir: fs.mkdtempSync(path.join(os.tmpdir(), 'gate-')),
		origin: undefined,
		accept: () => Promise.resolve(),
		log: silent,
		...more
	});
	open.push(() => broker.close());
	const mqtt = { url: undefined, username: undefined, password: undefined, ca: undefined };
	const frames = await connectBroker({ mqtt, embedded: broker, account: 'frames', log: silent });
	open.push(() => frames.close());
	return { url: await serve(broker.upgrade), frames };
}

async function external(more: More = {}): Promise<Served> {
	const broker = await startMosquitto(command ?? '');
	open.push(() => broker.stop());
	const mqtt = {
		url: new URL(`mqtt://127.0.0.1:${broker.port}`),
		username: 'frames',
		password: broker.accounts['frames'],
		ca: undefined
	};
	const gateway = mqttGateway({ mqtt, origin: undefined, log: silent, ...more });
	open.push(() => gateway.close());
	const frames = await connectBroker({ mqtt, account: 'frames', log: silent });
	open.push(() => frames.close());
	return { url: await serve(gateway.upgrade), frames };
}

async function phone(url: string): Promise<MqttClient> {
	const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
	client.on('error', () => {});
	open.push(() => client.endAsync(true).catch(() => {}));
	return client;
}

const handshake = (url: string, headers: Record<string, string>) =>
	new Promise<string>((resolve) => {
		const socket = new WebSocket(url, 'mqtt', { headers });
		socket.on('open', () => {
			socket.terminate();
			resolve('open');
		});
		socket.on('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
		socket.on('error', (error) => resolve(error.message));
	});

describe.each([
	['the embedded broker', embedded],
	...(command ? ([['Mosquitto behind the gateway', external]] as const) : [])
] as const)('/mqtt of %s', (_name, start) => {
	test('a phone hears what is retained and what comes', async () => {
		const { url, frames } = await start();
		await frames.publish(CELL, 'first', { retain: true, qos: 1 });
		const client = await phone(url);
		const heard: string[] = [];
		client.on('message', (_topic, payload) => heard.push(payload.toString()));
		await client.subscribeAsync('capitoul/v1/live/+/spc00b');
		await expect.poll(() => heard).toEqual(['first']);
		const large = 'x'.repeat(48 * 1_024);
		await frames.publish(CELL, large, { retain: true, qos: 1 });
		await expect.poll(() => heard.at(-1)?.length).toBe(large.length);
	});

	test('another site is refused, our own host and the public origin are not', async () => {
		const { url } = await start({ origin: 'https://ville.example' });
		const { host, port } = new URL(url);
		expect(await handshake(url, {})).toBe('open');
		expect(await handshake(url, { origin: `http://${host}` })).toBe('open');
		expect(await handshake(url, { origin: 'https://ville.example' })).toBe('open');
		for (const origin of ['https://evil.example', 'null', `http://127.0.0.1.evil.example:${port}`])
			expect(await handshake(url, { origin }), origin).toBe('403');
	});

	test('one address opens no more than its share, and has room again when one leaves', async () => {
		const { url } = await start({ limits: { openPerAddress: 2 } });
		const first = await phone(url);
		await phone(url);
		expect(await handshake(url, {})).toBe('429');
		await first.endAsync(true);
		await expect.poll(() => handshake(url, {})).toBe('open');
	});

	test('one address connects no more often than its share; behind a trusted proxy each visitor has one', async () => {
		const { url } = await start({
			limits: { connectsPerMinute: 3 },
			trustedProxies: ['127.0.0.0/8']
		});
		const from = (address: string) => handshake(url, { 'x-forwarded-for': address });
		for (let i = 0; i < 3; i++) expect(await from('192.0.2.1')).toBe('open');
		expect(await from('192.0.2.1')).toBe('429');
		expect(await from('192.0.2.2')).toBe('open');
		expect(await from('198.51.100.9, 192.0.2.1')).toBe('429'); // what a visitor claims of itself does not count
	});
});

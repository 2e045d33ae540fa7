import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { generate } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { connectBroker } from './client.ts';
import { embeddedBroker, type EmbeddedOptions } from './embedded.ts';

const P = 'capitoul/v1';
const open: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function start(options: Partial<EmbeddedOptions> = {}) {
	const embedded = await embeddedBroker({
		mqtt: { port: 0, devicePassword: 'secret' },
		host: '127.0.0.1',
		dataDir: fs.mkdtempSync(path.join(os.tmpdir(), 'phones-')),
		origin: undefined,
		accept: () => Promise.resolve(),
		log: silent,
		...options
	});
	open.push(() => embedded.close());
	const mqtt = { url: undefined, username: undefined, password: undefined, ca: undefined };
	const frames = await connectBroker({ mqtt, embedded, account: 'frames', log: silent });
	open.push(() => frames.close());
	const phone = async (clientId?: string) => {
		const client = await connectAsync({
			host: '127.0.0.1',
			port: embedded.port,
			protocolVersion: 4,
			reconnectPeriod: 0,
			...(clientId && { clientId })
		});
		client.on('error', () => {});
		open.push(() => client.endAsync(true).catch(() => {}));
		const heard: string[] = [];
		client.on('message', (topic, payload) => heard.push(`${topic.slice(P.length + 1)} ${payload}`));
		return { client, heard };
	};
	return { embedded, frames, phone };
}

/** Sends bytes as they are; resolves with what came back until the broker closed. */
function raw(port: number, ...packets: Buffer[]): Promise<Buffer> {
	return new Promise((resolve) => {
		const got: Buffer[] = [];
		const socket = net.connect(port, '127.0.0.1', () => {
			for (const packet of packets) socket.write(packet);
		});
		socket.on('data', (data: Buffer) => got.push(data));
		socket.on('error', () => {});
		socket.on('close', () => resolve(Buffer.concat(got)));
	});
}
const hello = (clientId: string) =>
	generate({
		cmd: 'connect',
		protocolId: 'MQTT',
		protocolVersion: 4,
		clientId,
		clean: true,
		keepalive: 0
	});

test('a phone that stops reading is cut, and every other gets every message', async () => {
	const { embedded, frames, phone } = await start();
	const others = await Promise.all(Array.from({ length: 5 }, () => phone()));
	for (const { client } of others) await client.subscribeAsync(`${P}/live/+/spc00b`);
	const stalled = net.connect(embedded.port, '127.0.0.1');
	open.push(() => void stalled.destroy());
	stalled.on('error', () => {});
	stalled.write(hello('stalled'));
	stalled.write(
		generate({
			cmd: 'subscribe',
			messageId: 1,
			subscriptions: [{ topic: `${P}/live/+/spc00b`, qos: 0 }]
		})
	);
	await expect.poll(() => stalled.bytesRead).toBeGreaterThanOrEqual(9);
	stalled.pause();
	// More than the cap and all the buffers of the kernel on the way.
	const large = 'x'.repeat(48_000);
	const count = 400;
	for (let i = 1; i <= count; i++) {
		await frames.publish(`${P}/live/bike/spc00b`, large, { qos: 1 });
		// All in one process: nobody gets far ahead of the readers.
		if (i % 5 === 0)
			for (const { heard } of others)
				await expect.poll(() => heard.length, { interval: 1, timeout: 10_000 }).toBe(i);
	}
	expect(embedded.metrics().stalled).toBe(1);
	expect(embedded.metrics().phones).toBe(5);
});

test('a phone that reads slowly still gets all that is retained', async () => {
	const cells = 200;
	const retained = Array.from({ length: cells }, (_, i) => ({
		topic: `${P}/live/bike/c${i}`,
		payload: 'x'.repeat(40_000) // 8 MB in all: eight times the cap
	}));
	const { embedded } = await start({ retained });
	const socket = net.connect(embedded.port, '127.0.0.1');
	open.push(() => void socket.destroy());
	socket.write(hello('slow'));
	socket.pause();
	socket.write(
		generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${P}/live/#`, qos: 0 }] })
	);
	await new Promise((resolve) => setTimeout(resolve, 200));
	let bytes = 0;
	socket.on('data', (data: Buffer) => (bytes += data.length));
	socket.resume();
	await expect.poll(() => bytes).toBeGreaterThan(cells * 40_000);
	expect(embedded.metrics().stalled).toBe(0);
});

test('overlapping filters bring a message once, at the highest granted QoS', async () => {
	const { frames, phone } = await start();
	const { client, heard } = await phone();
	const qos: number[] = [];
	client.on('message', (_topic, _payload, packet) => qos.push(packet.qos));
	await client.subscribeAsync({
		[`${P}/live/#`]: { qos: 0 },
		[`${P}/live/+/spc00b`]: { qos: 1 },
		[`${P}/live/bike/spc00b`]: { qos: 0 }
	});
	await frames.publish(`${P}/live/bike/spc00b`, 'one', { qos: 1 });
	await expect.poll(() => heard).toHaveLength(1); // MQTT orders messages of one QoS only
	await frames.publish(`${P}/live/bike/spc00b`, 'two', { qos: 0 });
	await expect.poll(() => heard).toEqual(['live/bike/spc00b one', 'live/bike/spc00b two']);
	expect(qos).toEqual([1, 0]);
});

test('after UNSUBSCRIBE nothing more comes, and the same filter asked twice counts once', async () => {
	const { frames, phone } = await start();
	const { client, heard } = await phone();
	await client.subscribeAsync(`${P}/live/+/a`);
	await client.subscribeAsync([`${P}/live/+/a`, `${P}/live/+/b`]);
	await client.unsubscribeAsync(`${P}/live/+/a`);
	await frames.publish(`${P}/live/bike/a`, 'gone', { qos: 1 });
	await frames.publish(`${P}/live/bike/b`, 'here', { qos: 1 });
	await expect.poll(() => heard).toEqual(['live/bike/b here']);
});

test('a phone has 64 filters; the next is refused, one given back makes room', async () => {
	const { phone } = await start();
	const { client } = await phone();
	for (let i = 0; i < 64; i++) await client.subscribeAsync(`${P}/live/+/c${i}`);
	await expect(client.subscribeAsync(`${P}/live/+/more`)).rejects.toThrow();
	await client.subscribeAsync(`${P}/live/+/c3`);
	await client.unsubscribeAsync(`${P}/live/+/c3`);
	await client.subscribeAsync(`${P}/live/+/more`);
});

test('what a phone may not read is answered with 0x80, filter by filter', async () => {
	const { phone } = await start();
	const { client } = await phone();
	const granted: number[] = [];
	client.on('packetreceive', (packet) => {
		if (packet.cmd === 'suback') granted.push(...packet.granted.map(Number));
	});
	await client
		.subscribeAsync([`${P}/live/#`, `${P}/raw/#`, '#', `${P}/alert/#`, '$SYS/#'])
		.catch(() => {});
	expect(granted).toEqual([0, 128, 128, 0, 128]);
});

test('a phone that publishes is cut', async () => {
	const { embedded } = await start();
	const publish = generate({
		cmd: 'publish',
		topic: `${P}/live/bike/x`,
		payload: 'x',
		qos: 0,
		dup: false,
		retain: true
	});
	expect((await raw(embedded.port, hello('p'), publish)).toString('hex')).toBe('20020000');
	expect(embedded.metrics()).toMatchObject({ refusedPublishes: 1, retained: 0 });
});

test('a second connection with the same id ends the first', async () => {
	const { phone } = await start();
	const first = await phone('same');
	const ended = new Promise((resolve) => first.client.once('close', () => resolve(true)));
	const second = await phone('same');
	expect(await ended).toBe(true);
	await second.client.subscribeAsync(`${P}/live/#`);
});

test('an empty client id needs a clean session; MQTT 5 is told that we speak 3.1.1', async () => {
	const { embedded } = await start();
	const nameless = hello('');
	nameless[9] = 0; // clean session off
	expect((await raw(embedded.port, nameless)).toString('hex')).toBe('20020002');
	const five = generate({
		cmd: 'connect',
		protocolId: 'MQTT',
		protocolVersion: 5,
		clientId: 'five',
		clean: true,
		keepalive: 0
	});
	expect((await raw(embedded.port, five)).toString('hex')).toBe('20020001');
});

test('who sends no CONNECT, or announces a packet above the limit, is cut', async () => {
	const { embedded } = await start({ limits: { connectMs: 200 } });
	expect(await raw(embedded.port)).toHaveLength(0);
	expect(await raw(embedded.port, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toHaveLength(0);
	const tooLarge = Buffer.from([0x82, 0x81, 0x80, 0x04, 0]); // 65,537 bytes
	expect((await raw(embedded.port, hello('x'), tooLarge)).toString('hex')).toBe('20020000');
});

test('a phone silent for one and a half times its keep-alive is cut', async () => {
	const { embedded } = await start();
	const short = generate({
		cmd: 'connect',
		protocolId: 'MQTT',
		protocolVersion: 4,
		clientId: 'k',
		clean: true,
		keepalive: 1
	});
	expect((await raw(embedded.port, short)).toString('hex')).toBe('20020000');
});

test('a device above its rate is slowed, not cut, and loses nothing', async () => {
	let taken = 0;
	const { embedded } = await start({
		accept: () => {
			taken++;
			return Promise.resolve();
		},
		limits: { publishesPerSecond: 200 }
	});
	const client = await connectAsync({
		host: '127.0.0.1',
		port: embedded.port,
		protocolVersion: 4,
		username: 'bike-lab-7',
		password: 'secret',
		reconnectPeriod: 0
	});
	open.push(() => client.endAsync(true).catch(() => {}));
	const from = performance.now();
	await Promise.all(
		Array.from({ length: 600 }, (_, i) =>
			client.publishAsync(`${P}/raw/bike/bike-lab-7`, `${i} ${'x'.repeat(500)}`, { qos: 1 })
		)
	);
	expect(taken).toBe(600);
	// 200 at once, the other 400 at 200 a second: less than 1.5 s would mean that nothing slowed it.
	expect(performance.now() - from).toBeGreaterThan(1_000);
	expect(client.connected).toBe(true);
});

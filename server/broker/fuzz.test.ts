import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { generate, type Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { silent } from '../log.ts';
import { embeddedBroker } from './embedded.ts';
import { packetEnd, readConnect, readFromBroker, readPacket } from './packets.ts';

/** A small generator that can be run again: the same seed, the same bytes (mulberry32). */
function random(seed: number) {
	let state = seed;
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
	return { below: (n: number) => Math.floor(next() * n) };
}
type Random = ReturnType<typeof random>;

const TOPIC = 'capitoul/v1/raw/bike/bike-lab-7';
const connect = (username?: string): Packet => ({
	cmd: 'connect',
	protocolId: 'MQTT',
	protocolVersion: 4,
	clientId: 'fuzz',
	clean: true,
	keepalive: 0,
	...(username && { username, password: Buffer.from('secret') })
});
const valid: Packet[] = [
	{
		cmd: 'publish',
		topic: TOPIC,
		payload: '{"a":1}',
		qos: 1,
		messageId: 7,
		dup: false,
		retain: false
	},
	{ cmd: 'publish', topic: TOPIC, payload: '', qos: 2, messageId: 9, dup: true, retain: true },
	{ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'capitoul/v1/live/#', qos: 1 }] },
	{ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['capitoul/v1/live/#'] },
	{ cmd: 'pubrel', messageId: 9 },
	{ cmd: 'puback', messageId: 1 },
	{ cmd: 'pingreq' },
	{
		...connect('bike-lab-7'),
		will: { topic: TOPIC, payload: Buffer.from('x'), qos: 1, retain: true }
	} as Packet
];
const encoded = [...valid, connect()].map((packet) => Buffer.from(generate(packet)));

/** A packet with a few bytes changed, cut short, doubled or prolonged; sometimes nothing but noise. */
function broken({ below }: Random): Buffer {
	const bytes = Buffer.from(encoded[below(encoded.length)] ?? []);
	for (let n = below(4); n >= 0; n--) bytes[below(bytes.length)] = below(256);
	switch (below(6)) {
		case 0:
			return bytes.subarray(0, below(bytes.length));
		case 1:
			return Buffer.concat([bytes, Buffer.from([below(256), below(256), below(256)])]);
		case 2:
			return Buffer.from(Array.from({ length: 1 + below(40) }, () => below(256)));
		default:
			return bytes;
	}
}

test('100,000 broken packets do not throw out of the reader, nor change how the next one is read', () => {
	const source = random(1);
	const good = Buffer.from(generate({ cmd: 'pingreq' }));
	const subscribe = encoded[2] ?? good;
	for (let i = 0; i < 100_000; i++) {
		const bytes = broken(source);
		const end = packetEnd(bytes, 65_536);
		if (end) {
			readPacket(bytes.subarray(0, end));
			readFromBroker(bytes.subarray(0, end));
		}
		readConnect(bytes);
		if (i % 10 === 0)
			expect(readPacket(subscribe)).toMatchObject({ cmd: 'subscribe', messageId: 2 });
	}
});

test('broken packets from phones and devices end their own connection at most', async () => {
	const refused: unknown[] = [];
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: 'secret' },
		host: '127.0.0.1',
		dataDir: fs.mkdtempSync(path.join(os.tmpdir(), 'fuzz-')),
		origin: undefined,
		accept: () => Promise.resolve(),
		log: silent,
		limits: { connectsPerMinute: 1e9, openPerAddress: 1e9 }
	});
	const onError = (error: unknown) => refused.push(error);
	process.on('uncaughtException', onError);
	process.on('unhandledRejection', onError);
	const source = random(2);
	const session = (hello: Packet | undefined) =>
		new Promise<void>((resolve) => {
			const socket = net.connect(broker.port, '127.0.0.1');
			socket.on('error', () => {});
			socket.on('close', () => resolve());
			socket.on('data', () => {});
			if (hello) socket.write(generate(hello));
			for (let n = source.below(30); n >= 0; n--) socket.write(broken(source));
			socket.end();
		});
	for (let round = 0; round < 150; round++)
		await Promise.all(
			Array.from({ length: 20 }, (_, i) =>
				session([undefined, connect(), connect('bike-lab-7')][i % 3])
			)
		);
	// … and the broker still does its work.
	const client = await connectAsync({
		host: '127.0.0.1',
		port: broker.port,
		protocolVersion: 4,
		username: 'bike-lab-7',
		password: 'secret',
		reconnectPeriod: 0
	});
	await client.publishAsync(TOPIC, '{}', { qos: 1 });
	await client.endAsync();
	await expect.poll(() => broker.metrics().connections).toBe(0);
	await broker.close();
	process.off('uncaughtException', onError);
	process.off('unhandledRejection', onError);
	expect(refused).toEqual([]);
}, 120_000);

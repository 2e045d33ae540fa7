import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { connectBroker } from './client.ts';
import { embeddedBroker, type EmbeddedBroker, type EmbeddedOptions } from './embedded.ts';
import type { Message } from './port.ts';

const P = 'capitoul/v1';
const ID = 'parking-toulouse-capitole';
const noUrl = { url: undefined, username: undefined, password: undefined, ca: undefined };
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedBroker> {
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: 'secret' },
		host: '127.0.0.1',
		dataDir: fs.mkdtempSync(path.join(os.tmpdir(), 'broker-')),
		origin: undefined,
		accept: () => Promise.resolve(),
		log: silent,
		...options
	});
	open.push(() => broker.close());
	return broker;
}

async function device({ port }: EmbeddedBroker, id = ID, password = 'secret') {
	const client = await connectAsync({
		host: '127.0.0.1',
		port,
		protocolVersion: 4,
		username: id,
		password,
		reconnectPeriod: 0
	});
	open.push(() => client.endAsync(true));
	return client;
}

async function service(embedded: EmbeddedBroker, account: 'intake' | 'frames' | 'web') {
	const broker = await connectBroker({ mqtt: noUrl, embedded, account, log: silent });
	open.push(() => broker.close());
	return broker;
}

test('a raw message is acknowledged only once it is accepted', async () => {
	const kept = Promise.withResolvers<void>();
	const seen: string[] = [];
	const broker = await start({
		accept: (topic, payload) => {
			seen.push(`${topic} ${payload.toString()}`);
			return kept.promise;
		}
	});
	const client = await device(broker);
	let acknowledged = false;
	const done = client
		.publishAsync(`${P}/raw/parking/${ID}`, '{"a":1}', { qos: 1 })
		.then(() => (acknowledged = true));
	await expect.poll(() => seen).toEqual([`${P}/raw/parking/${ID} {"a":1}`]);
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(acknowledged).toBe(false);
	kept.resolve();
	await done;
});

test('a raw message that asks to be retained is taken, and not retained: a new intake would take it twice', async () => {
	const broker = await start();
	const client = await device(broker);
	await client.publishAsync(`${P}/raw/parking/${ID}`, '{"a":1}', { qos: 1, retain: true });
	expect(broker.metrics().retained).toBe(0);
});

test('many messages of one client are in acceptance at once, so that they share one commit', async () => {
	const release = Promise.withResolvers<void>();
	let pending = 0;
	const broker = await start({
		accept: () => {
			pending++;
			return release.promise;
		}
	});
	const client = await device(broker);
	const all = Array.from({ length: 100 }, (_, i) =>
		client.publishAsync(`${P}/raw/parking/${ID}`, String(i), { qos: 1 })
	);
	await expect.poll(() => pending).toBe(100);
	release.resolve();
	await Promise.all(all);
});

test('what could not be kept is not acknowledged and ends the connection', async () => {
	const broker = await start({ accept: () => Promise.reject(new Error('disk full')) });
	const client = await device(broker);
	const closed = new Promise((resolve) => client.once('close', () => resolve(undefined)));
	const acknowledged = client.publishAsync(`${P}/raw/parking/${ID}`, '1', { qos: 1 }).then(
		() => true,
		() => false
	);
	await closed;
	await client.endAsync(true);
	expect(await acknowledged).toBe(false);
	expect(broker.metrics().notAccepted).toBe(1);
});

test('a service reads what is retained, then what comes', async () => {
	const broker = await start({
		retained: [{ topic: `${P}/state/parking/${ID}`, payload: '{"old":true}' }]
	});
	const intake = await service(broker, 'intake');
	const frames = await service(broker, 'frames');
	const got: Message[] = [];
	await frames.subscribeRetained(`${P}/state/#`, (message) => got.push(message));
	expect(got.map((m) => [m.topic, m.payload.toString(), m.retained])).toEqual([
		[`${P}/state/parking/${ID}`, '{"old":true}', true]
	]);
	await intake.publish(`${P}/state/parking/${ID}`, '{"new":true}', { qos: 1, retain: true });
	await expect.poll(() => got.at(-1)?.payload.toString()).toBe('{"new":true}');
	expect(got.at(-1)?.retained).toBe(false);
});

test('a last will is published when the connection of a service breaks', async () => {
	const broker = await start();
	const topic = `${P}/service/intake-a/status`;
	const web = await service(broker, 'web');
	const got: string[] = [];
	await web.subscribe(topic, ({ payload }) => got.push(payload.toString()));
	const stream = broker.stream('intake');
	await connectBroker({
		mqtt: noUrl,
		embedded: { ...broker, stream: () => stream },
		account: 'intake',
		will: { topic, payload: '{"up":false}', qos: 1, retain: true },
		log: silent
	});
	stream.destroy();
	await expect.poll(() => got).toEqual(['{"up":false}']);
});

test('a wrong password is refused with 4, whatever the name', async () => {
	const broker = await start();
	for (const name of [ID, 'intake', 'root', ''])
		await expect(device(broker, name, 'wrong')).rejects.toMatchObject({ code: 4 });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { startMosquitto } from '../testing/mosquitto.ts';
import { mosquitto } from '../testing/real.ts';
import { Devices } from './credentials.ts';
import { rawDoor } from './door.ts';
import { embeddedBroker } from './embedded.ts';

const DEVICE = 'bike-lab-7';
const TOPIC = `capitoul/v1/raw/bike/${DEVICE}`;
const command = mosquitto();
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function embedded(accept = () => Promise.resolve()) {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'door-'));
	const password = await new Devices(dataDir).add(DEVICE);
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: undefined },
		host: '127.0.0.1',
		dataDir,
		origin: undefined,
		accept,
		log: silent
	});
	open.push(() => broker.close());
	const mqtt = { url: undefined, username: undefined, password: undefined, ca: undefined };
	const door = rawDoor({ mqtt, embedded: broker, patienceMs: 1_000 });
	open.push(() => door.close());
	return { door, password, broker };
}

async function external() {
	const broker = await startMosquitto(command ?? '', { devices: { [DEVICE]: 'device-password' } });
	open.push(() => broker.stop());
	const url = new URL(`mqtt://127.0.0.1:${broker.port}`);
	const door = rawDoor({
		mqtt: { url, username: 'web', password: broker.accounts['web'], ca: undefined },
		patienceMs: 2_000
	});
	open.push(() => door.close());
	return { door, password: 'device-password' };
}

describe.each([
	['the embedded broker', embedded],
	...(command ? ([['Mosquitto', external]] as const) : [])
] as const)('in front of %s', (_name, start) => {
	test('a device with its password is acknowledged, again and again', async () => {
		const { door, password } = await start();
		for (let i = 0; i < 20; i++)
			await door.publish(DEVICE, password, TOPIC, Buffer.from(`{"n":${i}}`));
	});

	test('a wrong password is refused, also while the right one is connected', async () => {
		const { door, password } = await start();
		await door.publish(DEVICE, password, TOPIC, Buffer.from('{}'));
		for (const wrong of ['', 'nope', `${password}x`])
			await expect(door.publish(DEVICE, wrong, TOPIC, Buffer.from('{}'))).rejects.toMatchObject({
				code: 'credentials_refused'
			});
		await door.publish(DEVICE, password, TOPIC, Buffer.from('{}'));
	});

	test('no service may come in here, nor a device speak for another', async () => {
		const { door, password } = await start();
		await expect(door.publish('intake', password, TOPIC, Buffer.from('{}'))).rejects.toMatchObject({
			code: 'credentials_refused'
		});
		for (const topic of [
			'capitoul/v1/raw/bike/bike-lab-8',
			'capitoul/v1/state/bike/bike-lab-7',
			'#'
		])
			await expect(door.publish(DEVICE, password, topic, Buffer.from('{}'))).rejects.toMatchObject({
				code: 'topic_forbidden'
			});
	});
});

test('a reading that could not be kept is not said to be', async () => {
	const { door, password } = await embedded(() => Promise.reject(new Error('disk full')));
	await expect(door.publish(DEVICE, password, TOPIC, Buffer.from('{}'))).rejects.toMatchObject({
		code: 'broker_unavailable'
	});
});

test('a disk that hangs is waited for no longer than the patience', async () => {
	const { door, password } = await embedded(() => new Promise(() => {}));
	await expect(door.publish(DEVICE, password, TOPIC, Buffer.from('{}'))).rejects.toMatchObject({
		code: 'broker_unavailable'
	});
});

test('a broker that is not there is unavailable, not a crash', async () => {
	const url = new URL('mqtt://127.0.0.1:9');
	const door = rawDoor({ mqtt: { url, username: undefined, password: undefined, ca: undefined } });
	open.push(() => door.close());
	await expect(door.publish(DEVICE, 'x', TOPIC, Buffer.from('{}'))).rejects.toMatchObject({
		code: 'broker_unavailable'
	});
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { silent } from '../log.ts';
import { credentials, Devices, isDeviceId, serviceAccounts } from './credentials.ts';
import { embeddedBroker } from './embedded.ts';

const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'credentials-'));
const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);

test('passwords are kept as hashes in a file only its owner reads', async () => {
	const dataDir = folder();
	const password = await new Devices(dataDir).add('bike-lab-7');
	const file = path.join(dataDir, 'devices.json');
	expect(mode(file)).toBe('600');
	expect(fs.readFileSync(file, 'utf8')).not.toContain(password);
	serviceAccounts(dataDir);
	expect(mode(path.join(dataDir, 'accounts.json'))).toBe('600');
});

test('service accounts are made once and stay', () => {
	const dataDir = folder();
	expect(serviceAccounts(dataDir)).toEqual(serviceAccounts(dataDir));
	expect(serviceAccounts(dataDir)).not.toEqual(serviceAccounts(folder()));
});

test('a device added or removed by another process counts at once, also where its password was known', async () => {
	const dataDir = folder();
	const { check } = credentials(dataDir, undefined);
	const other = new Devices(dataDir);
	expect(await check('bike-lab-7', Buffer.from('x'))).toBeUndefined();
	const first = await other.add('bike-lab-7');
	expect(await check('bike-lab-7', Buffer.from(first))).toEqual({
		kind: 'device',
		id: 'bike-lab-7'
	});
	const second = await other.add('bike-lab-7');
	expect(await check('bike-lab-7', Buffer.from(first))).toBeUndefined();
	expect(await check('bike-lab-7', Buffer.from(second))).toBeDefined();
	other.remove('bike-lab-7');
	expect(await check('bike-lab-7', Buffer.from(second))).toBeUndefined();
});

test('the shared password is for well-formed device ids only, never for a service', async () => {
	const { check } = credentials(folder(), 'shared');
	expect(await check('parking-toulouse-capitole', Buffer.from('shared'))).toBeDefined();
	for (const name of [
		'intake',
		'capitoul',
		'phone',
		'',
		'a-b',
		'bike-lab-7/x',
		'+',
		'Bike-Lab-7',
		'__proto__'
	])
		expect(await check(name, Buffer.from('shared')), name).toBeUndefined();
});

test('a device id names its layer, its system and itself', () => {
	for (const id of ['bike-lab-7', 'air-sim-a-b-c', 'parking-toulouse-capitole'])
		expect(isDeviceId(id), id).toBe(true);
	for (const id of [
		'bike',
		'bike-lab',
		'bike--7',
		'bike-lab-',
		'-a-b',
		'bike-lab-é',
		`bike-lab-${'7'.repeat(200)}`
	])
		expect(isDeviceId(id), id).toBe(false);
});

test('a device that is removed is cut off', async () => {
	const dataDir = folder();
	const devices = new Devices(dataDir);
	const password = await devices.add('bike-lab-7');
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: undefined },
		host: '127.0.0.1',
		dataDir,
		origin: undefined,
		accept: () => Promise.resolve(),
		log: silent
	});
	const client = await connectAsync({
		host: '127.0.0.1',
		port: broker.port,
		protocolVersion: 4,
		username: 'bike-lab-7',
		password,
		reconnectPeriod: 0
	});
	devices.remove('bike-lab-7');
	await expect.poll(() => client.connected, { timeout: 5_000 }).toBe(false);
	await client.endAsync(true).catch(() => {});
	await broker.close();
});

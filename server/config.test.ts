import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const problems = (env: Record<string, string>) => {
	try {
		readConfig(env);
	} catch (error) {
		if (error instanceof ConfigError) return error.problems.map((p) => p.split(' ')[0]);
		throw error;
	}
	return [];
};

test('with nothing set, the embedded shape of Toulouse', () => {
	expect(readConfig({})).toMatchObject({
		port: 3000,
		host: '0.0.0.0',
		origin: undefined,
		dataDir: path.resolve('./data'),
		mqtt: { url: undefined, port: 1883 },
		city: 'toulouse',
		portalUrl: 'https://data.toulouse-metropole.fr',
		simulator: 'auto',
		sources: undefined
	});
});

test('all problems are told at once', () => {
	expect(
		problems({
			PORT: 'ninety',
			MQTT_URL: 'http://broker',
			MQTT_USERNAME: 'only-half',
			MQTT_PROT: '1883',
			SIMULATOR: 'yes',
			PUSH_HOSTS: 'x',
			ORIGIN: 'capitoul.example'
		}).sort()
	).toEqual([
		'MQTT_PASSWORD',
		'MQTT_PROT',
		'MQTT_URL',
		'ORIGIN',
		'PORT',
		'PUSH_HOSTS',
		'SIMULATOR'
	]);
});

test('an empty variable counts as unset, and those of others are none of our business', () => {
	expect(problems({ MQTT_URL: '', ORIGIN: ' ', MQTTX: '1', PATH: '/bin' })).toEqual([]);
});

test('no simulator by default where the public address is https', () => {
	expect(readConfig({ ORIGIN: 'https://capitoul.example/' })).toMatchObject({
		simulator: 'off',
		origin: 'https://capitoul.example'
	});
	expect(readConfig({ ORIGIN: 'https://capitoul.example', SIMULATOR: 'on' }).simulator).toBe('on');
});

test('the share group must hold a secret of 128 bits', () => {
	const external = { MQTT_URL: 'mqtt://127.0.0.1' };
	expect(problems({ ...external, MQTT_SHARE_GROUP: 'intake' })).toEqual(['MQTT_SHARE_GROUP']);
	expect(problems({ ...external, MQTT_SHARE_GROUP: 'f'.repeat(32) })).toEqual([]);
});

test('SOURCES replaces the sources whole, and a wrong one is named with its place', () => {
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'config-')), 'sources.json');
	const source = {
		id: 'velo',
		connector: 'gbfs',
		layer: 'bike',
		system: 'toulouse',
		url: 'http://127.0.0.1:1/gbfs.json'
	};
	fs.writeFileSync(file, JSON.stringify([source]));
	expect(readConfig({ SOURCES: file }).sources).toEqual([
		{ ...source, everySeconds: 60, options: {}, licence: '', attribution: '' }
	]);
	fs.writeFileSync(file, JSON.stringify([source, { ...source, id: 'b', connector: 'ftp' }]));
	expect(() => readConfig({ SOURCES: file })).toThrow(/1\.connector/);
	fs.writeFileSync(file, JSON.stringify([source, source]));
	expect(() => readConfig({ SOURCES: file })).toThrow(/twice/);
	fs.writeFileSync(file, '[');
	expect(() => readConfig({ SOURCES: file })).toThrow(/JSON/);
});

test('a proxy that is neither an address nor a range stops the start, rather than being trusted or forgotten', () => {
	expect(problems({ TRUSTED_PROXIES: '10.0.0.0/8, nginx, ::1/129' })).toEqual([
		'TRUSTED_PROXIES',
		'TRUSTED_PROXIES'
	]);
	expect(readConfig({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual([
		'10.0.0.0/8',
		'::1'
	]);
});

test('history: where it is kept, who signs in, and for how long', () => {
	expect(readConfig({}).influx).toBeUndefined();
	expect(readConfig({}).history).toEqual({ rawDays: 35, quarterDays: 400, hourDays: 800 });
	const { influx } = readConfig({ INFLUX_URL: 'http://127.0.0.1:8086', INFLUX_ADMIN_TOKEN: 'x' });
	expect(influx?.bucket).toBe('capitoul');
	expect(influx?.credential.token).toBeUndefined(); // no credential is valid
	expect(influx?.admin?.token).toBe('x');
	// A coarser tier is never kept shorter than a finer one.
	expect(readConfig({ HISTORY_RAW_DAYS: '500' }).history.quarterDays).toBe(500);
	for (const wrong of [
		{ INFLUX_URL: 'udp://127.0.0.1' },
		{ INFLUX_USERNAME: 'a' },
		{ INFLUX_ADMIN_PASSWORD: 'a' },
		{ INFLUX_TOKEN: 'a', INFLUX_USERNAME: 'b', INFLUX_PASSWORD: 'c' },
		{ INFLUX_BUCKET: 'a/b' },
		{ HISTORY_RAW_DAYS: '0' },
		{ HISTORY_15M_DAYS: 'year' },
		{ HISTORY_DAYS: '3' }
	])
		expect(() => readConfig(wrong), JSON.stringify(wrong)).toThrow('configuration');
});

test('what no start could work with is told: credentials in an address, a city or a layer that is not there', () => {
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'config-')), 'sources.json');
	const source = { id: 'a', connector: 'gbfs', layer: 'bike', system: 'x', url: 'http://h/x' };
	const sources = (...list: object[]) => {
		fs.writeFileSync(file, JSON.stringify(list));
		return problems({ SOURCES: file });
	};
	expect(sources(source)).toEqual([]);
	expect(sources({ ...source, layer: 'bikes' })).toEqual(['SOURCES']);
	expect(sources({ ...source, layer: 'air' })).toEqual(['SOURCES']);
	expect(sources({ ...source, system: 'sim' })).toEqual(['SOURCES']);
	expect(problems({ CITY: 'atlantis' })).toEqual(['CITY']);
	expect(problems({ MQTT_URL: 'mqtt://user:secret@broker' })).toEqual(['MQTT_URL']);
	expect(problems({ ORIGIN: 'http://host/?a=b' })).toEqual(['ORIGIN']);
	expect(problems({ DATA_DIR: '/dev/null' })).toEqual(['DATA_DIR']);
	fs.writeFileSync(file, 'no certificate');
	expect(problems({ MQTT_CA: file })).toEqual(['MQTT_CA']);
});

test('a secret may stand in a file instead of the environment', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'secrets-'));
	const file = path.join(folder, 'password');
	fs.writeFileSync(file, 'from-a-file\n');
	const env = { MQTT_URL: 'mqtts://broker', MQTT_USERNAME: 'web' };
	expect(readConfig({ ...env, MQTT_PASSWORD_FILE: file }).mqtt.password).toBe('from-a-file');
	expect(problems({ ...env, MQTT_PASSWORD_FILE: file, MQTT_PASSWORD: 'too' })).toEqual([
		'MQTT_PASSWORD_FILE'
	]);
	fs.writeFileSync(file, '');
	for (const wrong of [file, path.join(folder, 'missing')])
		expect(problems({ ...env, MQTT_PASSWORD_FILE: wrong })).toContain('MQTT_PASSWORD_FILE');
	// Only secrets: a typo is still found.
	expect(problems({ MQTT_URL_FILE: file })).toEqual(['MQTT_URL_FILE']);
});

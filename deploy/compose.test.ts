import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../server/config.ts';
import { makeSecrets } from '../server/setup/secrets.ts';
import { scratch } from '../server/testing/scratch.ts';
import { readFolders } from '../server/stack/stack.ts';
import { real } from '../server/testing/real.ts';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docker-compose.yml');
const text = fs.readFileSync(file, 'utf8');

interface Service {
	image?: string;
	ports?: string[];
	user?: string;
	restart?: string;
	read_only?: boolean;
	cap_drop?: string[];
	security_opt?: string[];
	mem_limit?: string;
	logging?: { options?: Record<string, string> };
	healthcheck?: { test?: string[]; disable?: boolean };
	environment?: Record<string, string>;
	networks?: string[] | Record<string, unknown>;
	secrets?: (string | { source: string })[];
	volumes?: string[];
	tmpfs?: string[];
	command?: string[] | string;
}
interface Compose {
	services: Record<string, Service>;
	networks: Record<string, { internal?: boolean }>;
	secrets: Record<string, { file: string }>;
	volumes: Record<string, unknown>;
}
const { services, networks, secrets, volumes } = parse(text, { merge: true }) as Compose;
const all = Object.entries(services);
const ours = all.filter(([, { image = '' }]) => image.startsWith('capitoul:'));
/** Those that do their work and end. */
const ONCE = ['volumes', 'influx-setup', 'stack'];
const on = ({ networks = [] }: Service) =>
	Array.isArray(networks) ? networks : Object.keys(networks);

test('docker-compose accepts the file as it is in a fresh clone, before any setup', () => {
	const compose = real('docker-compose', 'docker-compose');
	if (!compose) return;
	const clone = scratch('clone-');
	fs.copyFileSync(file, path.join(clone, 'docker-compose.yml'));
	const { status, stderr } = spawnSync(compose, ['config', '-q'], { cwd: clone, encoding: 'utf8' });
	expect(stderr).toBe('');
	expect(status).toBe(0);
	expect(text).not.toMatch(/\$\{\w+:\?|env_file|^name:/m);
});

test('every part of the chain is there, each image with its version', () => {
	expect(Object.keys(services)).toEqual(
		expect.arrayContaining(
			'nginx web-1 web-2 intake-1 intake-2 frames districts connectors alerts simulator mosquitto influxdb postgres grafana prometheus node-red'.split(
				' '
			)
		)
	);
	for (const [name, { image = '' }] of all)
		expect(image.replace(/\$\{CAPITOUL_VERSION:-(.*)\}/, '$1'), name).toMatch(/:v?\d+\.\d+/);
});

test('no container is root, writes outside its volumes, keeps a capability, or takes all memory or disk', () => {
	for (const [name, service] of all) {
		expect(service.user, name).toMatch(/^\$\{CAPITOUL_UID:-1000\}/);
		expect(service.read_only, name).toBe(true);
		expect(service.cap_drop, name).toEqual(['ALL']);
		expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
		expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
		expect(service.logging?.options, name).toMatchObject({ 'max-size': '10m' });
	}
});

test('what stops is started again, and what runs says whether it is well', () => {
	for (const [name, service] of all)
		if (ONCE.includes(name)) expect(service.healthcheck?.disable, name).toBe(true);
		else {
			expect(service.restart, name).toBe('unless-stopped');
			expect(service.healthcheck?.test?.[0], name).toBe('CMD');
		}
});

test('only nginx and MQTT over TLS are reached from outside the host', () => {
	const outside = all.flatMap(([name, { ports = [] }]) =>
		ports
			.filter((port) => !port.startsWith('127.0.0.1:'))
			.map((port) => `${name} ${port.split(':').at(-1) ?? ''}`)
	);
	expect(outside.sort()).toEqual(['mosquitto 8883', 'nginx 8080', 'nginx 8443']);
	expect(networks['broker']?.internal).toBe(true);
	expect(networks['data']?.internal).toBe(true);
	// nginx, which the whole world talks to, reaches neither the broker nor a database.
	expect(on(services['nginx'] ?? {})).toEqual(['edge']);
	for (const name of ['influxdb', 'postgres'])
		expect(on(services[name] ?? {}), name).toEqual(['data']);
});

test('the setup makes every secret the file names, and no secret stands in the file', () => {
	const folder = path.join(scratch('secrets-'), 'secrets');
	makeSecrets(folder);
	const made = fs.readdirSync(folder);
	for (const [name, { file }] of Object.entries(secrets))
		if (!file.startsWith('./secrets/tls/')) expect(made, name).toContain(path.basename(file));
	for (const [name, { environment = {}, secrets: used = [] }] of all) {
		const inPlace = Object.keys(environment).filter(
			(key) => /PASSWORD|TOKEN|SECRET|PRIVATE|DATABASE_URL/.test(key) && !key.endsWith('_FILE')
		);
		expect(inPlace, name).toEqual([]);
		for (const one of used)
			expect(secrets, name).toHaveProperty([typeof one === 'string' ? one : one.source]);
	}
	// No other volume of the host than the repository's own files.
	for (const [name, { volumes: used = [] }] of all)
		for (const mount of used) {
			const [from = ''] = mount.split(':');
			expect(
				from.startsWith('./') || /^\$\{(ACME_DIR|STACK_BACKUP)/.test(from) || from in volumes,
				`${name} ${mount}`
			).toBe(true);
		}
});

test('each process of ours starts from the environment it is given there', () => {
	const folder = path.join(scratch('secrets-'), 'secrets');
	makeSecrets(folder);
	const token = path.join(folder, 'token');
	fs.writeFileSync(token, 'a-token');
	for (const [name, { environment = {} }] of ours) {
		const env = Object.fromEntries(
			Object.entries(environment).map(([key, value]) => [
				key,
				value
					.replace(/\$\{\w+:-(.*?)\}/g, '$1')
					.replace('/run/secrets', folder)
					.replace(/^\/tokens\/.*/, token)
			])
		);
		expect(() => readConfig({ ...env, DATA_DIR: folder }), name).not.toThrow();
	}
});

test('the backup sees every volume but those it reads by connection or can do without', () => {
	const seen = (services['stack']?.volumes ?? []).map((mount) => mount.split(':')[0]);
	const apart = ['influxdb', 'postgres', 'prometheus', 'token-web', 'token-grafana'];
	expect(seen).toEqual(
		expect.arrayContaining(Object.keys(volumes).filter((name) => !apart.includes(name)))
	);
	const folders = Object.keys(readFolders(services['stack']?.environment?.['STACK_FOLDERS']));
	for (const name of folders) expect(seen, name).toContain(name);
});

test('what a container runs is in the repository', () => {
	for (const { command = [] } of Object.values(services))
		for (const word of [command].flat())
			if (/^(server|simulator)\//.test(word))
				expect(fs.existsSync(path.join(root, word)), word).toBe(true);
});

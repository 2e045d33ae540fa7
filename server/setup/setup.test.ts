import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { real } from '../testing/real.ts';
import { scratch } from '../testing/scratch.ts';

const main = path.resolve(import.meta.dirname, 'main.ts');

function setup(folder: string, ...args: string[]): string {
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		[main, '--into', path.join(folder, 'secrets'), ...args],
		{ encoding: 'utf8' }
	);
	expect(stderr).toBe('');
	expect(status).toBe(0);
	return stdout;
}

/** Every file below a folder with its text. */
const files = (folder: string) =>
	Object.fromEntries(
		fs
			.readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => fs.statSync(path.join(folder, name)).isFile())
			.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')])
	);

test('one command makes secrets only their owner reads, and a certificate the local authority answers for', () => {
	if (!real('OpenSSL', 'openssl')) return;
	const folder = scratch('setup-');
	setup(folder, 'ville.test', '192.168.1.20');
	const secrets = path.join(folder, 'secrets');
	const made = files(secrets);
	for (const name of Object.keys(made))
		if (!/\.(crt|srl)$/.test(name))
			expect(fs.statSync(path.join(secrets, name)).mode & 0o077, name).toBe(0);
	expect(fs.statSync(secrets).mode & 0o077).toBe(0);
	expect(made['mqtt_share_group']).toMatch(/^[\w-]{32}$/);
	const ca = new X509Certificate(made['tls/ca.crt'] ?? '');
	const server = new X509Certificate(made['tls/server.crt'] ?? '');
	expect(server.verify(ca.publicKey)).toBe(true);
	expect(server.checkHost('ville.test')).toBe('ville.test');
	expect(server.checkIP('192.168.1.20')).toBe('192.168.1.20');
	expect(server.ca).toBe(false);
	expect(fs.readFileSync(path.join(folder, '.env'), 'utf8')).toContain(
		'ORIGIN=https://ville.test\n'
	);
});

test('a second run changes nothing; --renew makes the server certificate anew and keeps authority, names and secrets', () => {
	if (!real('OpenSSL', 'openssl')) return;
	const folder = scratch('setup-');
	setup(folder, 'ville.test');
	const first = files(folder);
	setup(folder, 'autre.test');
	expect(files(folder)).toEqual(first);
	setup(folder, '--renew');
	const renewed = files(folder);
	const changed = Object.keys(renewed).filter((name) => renewed[name] !== first[name]);
	expect(changed.sort()).toEqual([
		'secrets/tls/ca.srl',
		'secrets/tls/server.crt',
		'secrets/tls/server.key'
	]);
	const server = new X509Certificate(renewed['secrets/tls/server.crt'] ?? '');
	expect(server.checkHost('ville.test')).toBe('ville.test');
});

test('a device gets a password shown once, and the others keep theirs', () => {
	if (!real('OpenSSL', 'openssl')) return;
	const folder = scratch('setup-');
	setup(folder, 'ville.test');
	const passwd = path.join(folder, 'secrets/mosquitto/passwd');
	const before = fs.readFileSync(passwd, 'utf8');
	const [, shown = ''] = /bike-lab-1 : (\S+)/.exec(setup(folder, '--device', 'bike-lab-1')) ?? [];
	const after = fs.readFileSync(passwd, 'utf8');
	expect(shown).toMatch(/^[\w-]{32}$/);
	expect(after.startsWith(before)).toBe(true);
	expect(after).toMatch(/^bike-lab-1:\$7\$/m);
	expect(after).not.toContain(shown);
});

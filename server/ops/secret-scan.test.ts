import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findSecrets, scanRepository } from './secret-scan.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Written so that this file itself holds none. */
const join = (...parts: string[]) => parts.join('');

test('no secret stands in the tracked files', () => {
	if (spawnSync('git', ['rev-parse'], { cwd: root }).status !== 0) {
		console.log('skipped: not a git repository');
		return;
	}
	expect(scanRepository(root)).toEqual([]);
});

test.each([
	['a private key', join('-----BEGIN EC PRIVATE', ' KEY-----')],
	['a key of AWS', join('AK', 'IAIOSFODNN7EXAMPLE')],
	['a token of GitHub', join('gh', 'p_', 'a1B2'.repeat(9))],
	['a password in an address', join('url: postgres://capitoul:', 'Xr7kQ2pLw9@db/capitoul')],
	['a hash of a password', join('hash=$2b$', '12$', 'abcdefghijk'.repeat(5).slice(0, 53))],
	['a signed token', join('ey', 'JhbGciOiJIUzI1NiJ9.ey', 'JzdWIiOiIxMjM0In0.', 'x9'.repeat(12))],
	[
		'a random text named as a secret',
		`MQTT_PASSWORD=${crypto.randomBytes(24).toString('base64url')}`
	],
	['a random text named as a secret', `"apiKey": "${crypto.randomBytes(24).toString('hex')}"`]
])('a planted secret is found: %s', (what, planted) => {
	expect(findSecrets(`first line\n${planted}\n`)).toMatchObject([{ line: 2, what }]);
});

test('a planted secret is found in a repository, and what only looks like one is not', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scan-'));
	const git = (...args: string[]) => spawnSync('git', args, { cwd: folder });
	git('init', '-q');
	const secret = crypto.randomBytes(24).toString('base64url');
	fs.writeFileSync(path.join(folder, 'deploy.env'), `INFLUX_TOKEN=${secret}\n`);
	fs.writeFileSync(
		path.join(folder, 'fine.ts'),
		[
			"const password = process.env['MQTT_PASSWORD'];",
			'MQTT_PASSWORD_FILE: /run/secrets/mqtt_password',
			"const DEVICE_PASSWORD = 'only-for-tests';",
			'httpHeaderValue1: Token $__file{/run/secrets/grafana_influx_token}'
		].join('\n')
	);
	fs.writeFileSync(path.join(folder, 'untracked.env'), `TOKEN=${secret}\n`);
	git('add', 'deploy.env', 'fine.ts');
	expect(scanRepository(folder)).toEqual([
		{
			file: 'deploy.env',
			line: 1,
			what: 'a random text named as a secret',
			beginning: secret.slice(0, 8)
		}
	]);
	fs.rmSync(folder, { recursive: true });
});

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { real } from '../server/testing/real.ts';

const root = path.resolve(import.meta.dirname, '..');
const file = path.join(root, 'docker-compose.yml');
const text = fs.readFileSync(file, 'utf8');

interface Service {
	image?: string;
	ports?: string[];
	read_only?: boolean;
	cap_drop?: string[];
	environment?: Record<string, string>;
	command?: string[] | string;
}
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };

test('docker-compose accepts the file as it is in a fresh clone', () => {
	const compose = real('docker-compose', 'docker-compose');
	if (!compose) return;
	const { status, stderr } = spawnSync(compose, ['-f', file, 'config', '-q'], { encoding: 'utf8' });
	expect(stderr).toBe('');
	expect(status).toBe(0);
});

test('every image has a version, and every port is on loopback', () => {
	for (const [name, { image, ports = [] }] of Object.entries(services)) {
		expect(image, name).toMatch(/:\d+\.\d+\.\d+$/);
		for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
	}
});

test('no container writes outside its volumes or keeps a capability, and no secret stands in the file', () => {
	for (const [name, { read_only, cap_drop, environment = {} }] of Object.entries(services)) {
		expect(read_only, name).toBe(true);
		expect(cap_drop, name).toEqual(['ALL']);
		expect(Object.keys(environment).filter((key) => /PASSWORD|TOKEN|SECRET/.test(key))).toEqual([]);
	}
	expect(text).not.toMatch(/\$\{\w+:\?|env_file/);
});

test('what a container runs is in the repository', () => {
	for (const { command = [] } of Object.values(services))
		for (const word of [command].flat())
			if (/^(server|simulator)\//.test(word))
				expect(fs.existsSync(path.join(root, word)), word).toBe(true);
});

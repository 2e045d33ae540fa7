import { spawn, type ChildProcess } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { embeddedBroker } from '../server/broker/embedded.ts';
import { silent } from '../server/log.ts';
import { freePort } from '../server/testing/ports.ts';
import { mosquitto } from '../server/testing/real.ts';

const root = path.resolve(import.meta.dirname, '..');
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

async function simulate(args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, ['simulator/main.ts', ...args], {
		cwd: root,
		env: { PATH: process.env['PATH'], DATA_DIR: os.tmpdir(), ...env }
	});
	children.push(child);
	let stdout = '';
	let stderr = '';
	child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	return { code, stdout, stderr };
}

const START = ['--start', '2026-11-23T07:00:00Z', '--stdout'];
const digest = (text: string) => crypto.createHash('sha256').update(text).digest('hex');

test('the same seed and start print the same bytes; another seed others', async () => {
	const [first, again, other] = await Promise.all([
		simulate(['--seed', '7', '--count', '3000', ...START]),
		simulate(['--seed', '7', '--count', '3000', ...START]),
		simulate(['--seed', '8', '--count', '3000', ...START])
	]);
	expect(first.stdout.split('\n')).toHaveLength(3_001);
	expect(digest(again.stdout)).toBe(digest(first.stdout));
	expect(digest(other.stdout)).not.toBe(digest(first.stdout));
});

test('a line is a topic and its payload; layers, devices, rate and duration are as asked', async () => {
	const { stdout } = await simulate([
		...['--layers', 'parking,weather', '--devices', '20', '--rate', '50'],
		...['--duration', '4', '--speed', '10', ...START]
	]);
	const lines = stdout.trimEnd().split('\n');
	expect(lines).toHaveLength(200);
	const seen = new Set<string>();
	for (const line of lines) {
		const [topic = '', payload = ''] = line.split(/ (.*)/);
		expect(topic).toMatch(
			/^capitoul\/v1\/raw\/(parking|weather)\/(parking|weather)-sim-[a-z0-9-]+$/
		);
		const { dateObserved } = JSON.parse(payload) as { dateObserved: string };
		expect(Date.parse(dateObserved)).toBeGreaterThan(Date.parse('2026-11-23T07:00:00Z'));
		expect(Date.parse(dateObserved)).toBeLessThanOrEqual(Date.parse('2026-11-23T07:00:40Z'));
		seen.add(topic);
	}
	expect(seen.size).toBe(20);
});

test('every option that cannot be understood is named, and the exit code is 64', async () => {
	const { code, stderr } = await simulate(['--seed', 'x', '--layers', 'river', '--start', 'noon']);
	expect(code).toBe(64);
	for (const word of ['--seed', '"river"', '"noon"']) expect(stderr).toContain(word);
	expect((await simulate(['--sed', '1'])).code).toBe(64);
	expect((await simulate([], { MQTT_URL: 'http://127.0.0.1' })).code).toBe(64);
});

test('--help tells every option', async () => {
	const { code, stdout } = await simulate(['--help']);
	expect(code).toBe(0);
	for (const option of 'seed devices rate layers speed start count duration stdout'.split(' '))
		expect(stdout).toContain(`--${option}`);
});

test('on the machine of an embedded broker it signs in by itself, and all is acknowledged', async () => {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-'));
	const accepted: string[] = [];
	const broker = await embeddedBroker({
		mqtt: { port: await freePort(), devicePassword: undefined },
		host: '127.0.0.1',
		dataDir,
		origin: undefined,
		accept: async (topic) => void accepted.push(topic),
		log: silent
	});
	try {
		const { code, stderr } = await simulate(['--devices', '40', '--count', '40'], {
			MQTT_URL: `mqtt://127.0.0.1:${broker.port}`,
			DATA_DIR: dataDir
		});
		expect(stderr).toContain('40 sent, 40 acknowledged');
		expect(code).toBe(0);
		expect(new Set(accepted).size).toBe(40);
		const refused = await simulate(['--count', '1'], {
			MQTT_URL: `mqtt://127.0.0.1:${broker.port}`,
			MQTT_USERNAME: 'simulator',
			MQTT_PASSWORD: 'wrong'
		});
		expect(refused.code).toBe(69);
		expect(refused.stderr).toContain('as simulator');
	} finally {
		await broker.close();
		fs.rmSync(dataDir, { recursive: true });
	}
});

const engine = mosquitto();
test.skipIf(!engine)('real Mosquitto acknowledges every message of an even load', async () => {
	const port = await freePort();
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-'));
	const conf = path.join(folder, 'mosquitto.conf');
	fs.writeFileSync(conf, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
	children.push(spawn(engine ?? '', ['-c', conf], { stdio: 'ignore' }));
	// mqtt.js tries again until the broker listens.
	const { code, stderr } = await simulate(
		['--devices', '500', '--rate', '2000', '--count', '1000'],
		{ MQTT_URL: `mqtt://127.0.0.1:${port}` }
	);
	expect(stderr).toContain('1000 sent, 1000 acknowledged');
	expect(code).toBe(0);
	fs.rmSync(folder, { recursive: true });
});

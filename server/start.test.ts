import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePort } from './testing/ports.ts';

const root = path.resolve(import.meta.dirname, '..');
const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'start-'));
const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The program without its pages, as a service on its own: all it says, and how it ends. */
function start(env: Record<string, string>, args = ['--only', 'intake,frames']) {
	const child = spawn(process.execPath, ['server/main.ts', ...args], {
		cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			PATH: process.env['PATH'],
			HOST: '127.0.0.1',
			PORT: '0',
			MQTT_PORT: '0',
			DATA_DIR: folder(),
			...env
		}
	});
	children.push(child);
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
	const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
		child.once('exit', (code) => resolve({ code, said }))
	);
	return {
		child,
		ended,
		says: (words: string) => expect.poll(() => said, PATIENT).toContain(words)
	};
}
const PATIENT = { timeout: 15_000 };

test('problems of the environment and of the arguments are told together, without a stack', async () => {
	const { code, said } = await start({ PORT: 'ninety', DATA_DIR: '/dev/null/x' }, ['--only', 'wbe'])
		.ended;
	expect(code).toBe(78);
	for (const word of ['PORT', 'DATA_DIR', '--only']) expect(said).toContain(`- ${word}`);
	expect(said).not.toContain('    at ');
});

test.each([
	['--bogus', ['--bogus']],
	['--only', ['--only', 'web']]
])('an argument that cannot work is a problem of configuration: %s', async (word, args) => {
	const { code, said } = await start({}, args).ended;
	expect(code).toBe(78);
	expect(said).toContain(word);
	expect(said).not.toContain('    at ');
});

test('a port that is taken is named', async () => {
	const taken = net.createServer().listen(await freePort(), '127.0.0.1');
	await new Promise((resolve) => taken.once('listening', resolve));
	const { port } = taken.address() as net.AddressInfo;
	const { code, said } = await start({ MQTT_PORT: String(port) }).ended;
	taken.close();
	expect(code).toBe(1);
	expect(said).toContain(`MQTT_PORT: 127.0.0.1:${port}`);
	expect(said).not.toContain('    at ');
});

test.each([
	['history.db', Buffer.alloc(20_000, 0xa7)],
	['accounts.json', Buffer.from('{"intake')]
])('a damaged %s is named, with a way out, and left as it is', async (name, bytes) => {
	const DATA_DIR = folder();
	fs.writeFileSync(path.join(DATA_DIR, name), bytes);
	const { code, said } = await start({ DATA_DIR }).ended;
	expect(code).toBe(1);
	expect(said).toContain(path.join(DATA_DIR, name));
	expect(said).not.toContain('    at ');
	expect(fs.readFileSync(path.join(DATA_DIR, name))).toEqual(bytes);
});

test('a data folder has one intake, and a killed one leaves it free', async () => {
	const DATA_DIR = folder();
	const first = start({ DATA_DIR });
	await first.says('"ready"');
	const second = await start({ DATA_DIR }).ended;
	expect(second.code).toBe(1);
	expect(second.said).toContain('in use by another process');
	first.child.kill('SIGKILL');
	await first.ended;
	await start({ DATA_DIR }).says('"ready"');
});

test('told to stop while it still waits for its broker, it stops with 0', async () => {
	const { child, ended, says } = start({ MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` });
	await says('broker not reached');
	child.kill('SIGTERM');
	expect((await ended).code).toBe(0);
});

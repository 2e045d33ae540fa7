import fs from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Services } from '../city/services.ts';
import { silent } from '../log.ts';
import { createHttpServer, type HttpServer } from './http.ts';

const ORIGIN = 'https://capitoul.example';
const root = path.resolve(import.meta.dirname, '../../src/routes');

/** The address of every page and every door, with something in place of what varies. */
const addresses = [
	...new Set(
		fs
			.readdirSync(root, { recursive: true, encoding: 'utf8' })
			.filter((file) => /^\+(server|page)/.test(path.basename(file)))
			.map((file) => `/${path.dirname(file)}`.replace('/.', '/').replace(/\[[^\]]+\]/g, 'x'))
	)
];

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'];
const TYPES = [
	'application/x-www-form-urlencoded',
	'multipart/form-data; boundary=x',
	'text/plain',
	'application/json',
	'application/octet-stream',
	undefined
];

/** What a page of another site makes a browser say of itself. */
const FOREIGN: Record<string, string>[] = [
	{ origin: 'https://evil.example' },
	{ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
	{ origin: 'null' },
	{ 'sec-fetch-site': 'cross-site' },
	{ origin: 'https://capitoul.example.evil.example' },
	{ origin: 'http://capitoul.example' }
];
const OURS: Record<string, string>[] = [
	{ origin: ORIGIN },
	{ origin: ORIGIN, 'sec-fetch-site': 'same-origin' },
	{}
];

const handler = vi.fn((_req: IncomingMessage, res: ServerResponse) => {
	res.writeHead(204).end();
});
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
let app: HttpServer;
let port = 0;
beforeAll(async () => {
	app = createHttpServer({
		services: {} as Services,
		handler,
		upgrade: (_req, socket) => socket.destroy(),
		config: {
			origin: ORIGIN,
			trustedProxies: [],
			dataDir: fs.mkdtempSync(path.join(os.tmpdir(), 'csrf-'))
		},
		log: silent,
		writes: async () => {} // thousands from one address
	});
	await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve));
	({ port } = app.server.address() as AddressInfo);
});
afterAll(async () => {
	agent.destroy();
	await app.close(0);
});

const send = (target: string, method: string, headers: Record<string, string>) =>
	new Promise<number>((resolve, reject) => {
		const req = http.request({ port, agent, path: target, method, headers }, (res) => {
			res.resume().once('end', () => resolve(res.statusCode ?? 0));
		});
		req.once('error', reject);
		req.end();
	});

/** Every address × method × content type × what the browser says. */
async function matrix(said: readonly Record<string, string>[]): Promise<Map<number, string[]>> {
	const answers = new Map<number, string[]>();
	const all: Promise<void>[] = [];
	for (const target of addresses)
		for (const method of METHODS)
			for (const type of TYPES)
				for (const headers of said) {
					const whole = { ...headers, ...(type !== undefined && { 'content-type': type }) };
					all.push(
						send(target, method, whole).then((status) => {
							const told = `${method} ${target} ${JSON.stringify(whole)}`;
							answers.set(status, [...(answers.get(status) ?? []), told].slice(-3));
						})
					);
				}
	await Promise.all(all);
	return answers;
}

test('the matrix knows the pages and the doors', () => {
	expect(addresses).toEqual(
		expect.arrayContaining(['/', '/api/v1/reports', '/api/v1/raw/x/x', '/open311/x'])
	);
});

test('no write of another site reaches any route, whatever its method and content type', async () => {
	handler.mockClear();
	const answers = await matrix(FOREIGN);
	expect([...answers.keys()], JSON.stringify([...answers])).toEqual([403]);
	expect(handler).not.toHaveBeenCalled();
});

test('a person is told in words that a form was refused, a program by its code', async () => {
	const refused = (target: string) =>
		fetch(`http://127.0.0.1:${port}${target}`, {
			method: 'POST',
			headers: { origin: 'null', accept: 'text/html,*/*;q=0.8' }
		});
	const page = await refused('/a-propos/reglages');
	expect(page.status).toBe(403);
	expect(page.headers.get('content-type')).toContain('text/html');
	expect(await page.text()).toContain('Rien n’a changé');
	expect(await (await refused('/api/v1/reports')).json()).toMatchObject({ code: 'origin_refused' });
});

test('our own pages and programs without a browser reach all of them', async () => {
	const answers = await matrix(OURS);
	expect([...answers.keys()], JSON.stringify([...answers])).toEqual([204]);
});

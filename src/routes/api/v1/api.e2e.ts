import fs from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from '#server/testing/e2e.ts';
import { DEVICE_PASSWORD, startApp, type App } from '../../../../server/testing/app.ts';

let app: App;
test.beforeAll(async () => {
	app = await startApp();
});
test.afterAll(async () => {
	await app.stop();
});

interface Got {
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
	json: () => Record<string, unknown>;
}

/** A request with exactly these headers: a browser or fetch would add or forbid some. */
function ask(
	method: string,
	target: string,
	{ headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {}
): Promise<Got> {
	return new Promise((resolve, reject) => {
		const req = http.request(new URL(app.url), { method, path: target, headers }, (res) => {
			const chunks: Buffer[] = [];
			res.on('data', (chunk: Buffer) => chunks.push(chunk));
			res.on('end', () => {
				const text = Buffer.concat(chunks).toString();
				const json = () => JSON.parse(text) as Record<string, unknown>;
				resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
			});
		});
		req.on('error', reject);
		req.end(body);
	});
}

const basic = (user: string, password = DEVICE_PASSWORD) =>
	`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const post = (id: string, body: unknown, headers: Record<string, string> = {}) =>
	ask('POST', `/api/v1/raw/${id.split('-')[0]}/${id}`, {
		headers: { authorization: basic(id), 'content-type': 'application/json', ...headers },
		body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
	});

const reading = (bikes: number) => ({
	dateObserved: new Date().toISOString(),
	name: 'Capitole',
	location: { type: 'Point', coordinates: [1.4442, 43.6045] },
	availableBikeNumber: bikes
});

const properties = async (id: string) => {
	const { status, json } = await ask('GET', `/api/v1/entities/${id}`);
	return status === 200 ? (json()['properties'] as Record<string, unknown>) : undefined;
};

test('what a device posts is acknowledged, shown, told by since, and removed by an empty body', async () => {
	const id = 'bike-test-1';
	const { cursor } = (await ask('GET', '/api/v1/entities')).json();
	expect(await post(id, reading(7))).toMatchObject({ status: 202, text: '{}' });
	await expect
		.poll(() => properties(id))
		.toMatchObject({ id, layer: 'bike', availableBikeNumber: 7, freshness: 'fresh' });

	const since = (await ask('GET', `/api/v1/entities?since=${String(cursor)}`)).json();
	expect(since).toMatchObject({ reset: false, removed: [], features: [{ id }] });
	expect((await ask('GET', `/api/v1/entities?bbox=1.44,43.60,1.45,43.61`)).json()).toMatchObject({
		numberMatched: 1,
		features: [{ id }]
	});
	expect((await ask('GET', `/api/v1/entities?bbox=2,44,3,45`)).json()).toMatchObject({
		numberMatched: 0
	});

	expect((await post(id, '')).status).toBe(202);
	await expect.poll(async () => (await ask('GET', `/api/v1/entities/${id}`)).status).toBe(404);
	const gone = (await ask('GET', `/api/v1/entities?since=${String(since['cursor'])}`)).json();
	expect(gone['removed']).toEqual([id]);
});

test('a message without a content type is a message, not a removal', async () => {
	const id = 'bike-test-2';
	await post(id, reading(1));
	await expect.poll(() => properties(id)).toMatchObject({ availableBikeNumber: 1 });
	const { status } = await ask('POST', `/api/v1/raw/bike/${id}`, {
		headers: { authorization: basic(id) },
		body: JSON.stringify(reading(2))
	});
	expect(status).toBe(202);
	await expect.poll(() => properties(id)).toMatchObject({ availableBikeNumber: 2 });
});

test('what cannot be taken is refused with its code', async () => {
	const id = 'bike-test-3';
	const code = async (answer: Promise<Got>) => {
		const { status, headers, json } = await answer;
		expect(headers['content-type']).toBe('application/problem+json');
		expect(json()['status']).toBe(status);
		return [status, json()['code']];
	};
	expect(await code(post(id, '{"dateObserved":'))).toEqual([400, 'payload_not_json']);
	expect(await code(post(id, {}))).toEqual([400, 'date_missing']);
	expect(await code(post(id, { ...reading(1), availableBikeNumber: 'many' }))).toEqual([
		400,
		'attribute_invalid'
	]);
	expect(await code(post(id, Buffer.alloc(64 * 1024 + 1, ' ')))).toEqual([
		413,
		'payload_too_large'
	]);
	expect(await code(post(id, Buffer.alloc(2 * 1024 * 1024, ' ')))).toEqual([
		413,
		'payload_too_large'
	]);
	expect(await code(post('tram-test-1', reading(1)))).toEqual([404, 'layer_unknown']);
	const wrong = { authorization: basic(id, 'wrong') };
	expect(await code(post(id, reading(1), wrong))).toEqual([401, 'credentials_refused']);
	const other = { authorization: basic('bike-test-4') };
	expect(await code(post(id, reading(1), other))).toEqual([403, 'topic_forbidden']);
	expect(await code(ask('POST', `/api/v1/raw/bike/${id}`, { body: '{}' }))).toEqual([
		401,
		'credentials_missing'
	]);
	expect(await properties(id)).toBeUndefined();
});

test('bad questions are answered with a problem document', async () => {
	for (const [search, status, code] of [
		['limit=0', 400, 'query_invalid'],
		['limit=5001', 400, 'limit_exceeded'],
		['bbox=1,2,NaN,4', 400, 'query_invalid'],
		['bbox=1.5,43.5,1.4,43.7', 400, 'query_invalid'],
		['since=x.1&bbox=1,43,2,44', 400, 'since_with_bbox'],
		['layer=tram', 404, 'layer_unknown'],
		['at=2026-11-22', 400, 'query_invalid'],
		['at=2026-11-22T09:00:00Z&since=x.1', 400, 'query_invalid']
	] as const) {
		const answer = await ask('GET', `/api/v1/entities?${search}`);
		expect([answer.status, answer.json()['code']], search).toEqual([status, code]);
	}
	for (const target of ['/api', '/api/v1', '/api/v1/nope', '/api/v2/layers', '/api/v1/%ff'])
		expect((await ask('GET', target)).headers['content-type'], target).toBe(
			'application/problem+json'
		);
	expect((await ask('GET', '/api/v1/entities/bike-none-1')).json()['code']).toBe('entity_unknown');
	expect((await ask('PUT', '/api/v1/layers')).json()['code']).toBe('method_not_allowed');
});

test('public answers carry a tag, hold for it, and may be read from any site', async () => {
	for (const target of [
		'/api/v1/layers',
		'/api/v1/entities',
		'/api/v1/openapi.json',
		'/api/v1/asyncapi.json'
	]) {
		const { status, headers } = await ask('GET', target);
		expect(status, target).toBe(200);
		expect(headers['access-control-allow-origin'], target).toBe('*');
		expect(headers['cache-control'], target).toContain('public');
		const again = await ask('GET', target, {
			headers: { 'if-none-match': headers.etag ?? '', 'accept-encoding': 'br' }
		});
		expect([again.status, again.text, again.headers.etag], target).toEqual([304, '', headers.etag]);
		expect(again.headers['access-control-allow-origin'], target).toBe('*');
	}
});

test('layers tell where phones connect, in French unless asked', async () => {
	const { host } = new URL(app.url);
	const titles = async (search: string) => {
		const answer = (
			await ask('GET', `/api/v1/layers${search}`, {
				headers: { 'accept-language': 'en' }
			})
		).json() as { mqtt: string; layers: { id: string; title: string }[] };
		expect(answer.mqtt).toBe(`ws://${host}/mqtt`);
		return answer.layers.find(({ id }) => id === 'bike')?.title;
	};
	expect(await titles('')).toBe('Vélos');
	expect(await titles('?lang=en')).toBe('Bikes');
});

test('what is answered is what the published document says', async () => {
	const id = 'parking-test-1';
	const parking = { dateObserved: new Date().toISOString(), status: ['open'], occupancy: 0.5 };
	await post(id, parking);
	await expect.poll(() => properties(id)).toMatchObject({ occupancy: 0.5 });
	const document = (await ask('GET', '/api/v1/openapi.json')).json() as {
		components: object;
		paths: Record<string, { get?: { responses: Record<string, { content?: object }> } }>;
	};
	const ajv = new Ajv2020({ strict: false, validateFormats: false });
	ajv.addSchema({ $id: 'http://d/', components: document.components });
	for (const [address, { get }] of Object.entries(document.paths)) {
		if (!get) continue;
		const target = address.replace('{id}', id);
		const { status, headers, json } = await ask('GET', target);
		const [type, content] = Object.entries(get.responses[status]?.content ?? {})[0] ?? [];
		expect(headers['content-type']?.split(';')[0], target).toBe(type);
		const { schema } = content as { schema: { $ref?: string } };
		if (!schema.$ref) continue;
		const valid = ajv.compile({ $ref: `http://d/${schema.$ref}` });
		expect(valid(json()) || valid.errors, target).toBe(true);
	}
});

/** Every address of the app, with something in place of what varies. */
function addresses(): string[] {
	const root = path.resolve(import.meta.dirname, '../..');
	const found = fs
		.readdirSync(root, { recursive: true, encoding: 'utf8' })
		.filter((file) => /\+(page\.svelte|server\.ts)$/.test(file))
		.map((file) => `/${path.dirname(file)}`.replace(/^\/\.$/, '/').replace(/\[[^\]]+\]/g, 'bike'));
	return [...new Set([...found, '/icons/capitoul.svg', '/city/toulouse/places.json', '/nowhere'])];
}

test('a write from another site is refused on every address, by every method, whatever its content type', async () => {
	const types = [
		undefined,
		'application/json',
		'application/x-www-form-urlencoded',
		'multipart/form-data; boundary=x',
		'text/plain',
		'application/octet-stream'
	];
	const strangers = [
		{ origin: 'https://evil.example' },
		{ origin: 'null' },
		{ 'sec-fetch-site': 'cross-site' }
	];
	for (const address of addresses())
		for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
			for (const type of types)
				for (const stranger of strangers) {
					const headers = {
						...stranger,
						'content-length': '1',
						...(type && { 'content-type': type })
					};
					const { status, json } = await ask(method, address, { headers, body: 'x' });
					const what = `${method} ${address} ${type} ${JSON.stringify(stranger)}`;
					expect(status, what).toBe(403);
					expect(json()['code'], what).toBe('origin_refused');
				}
});

test('our own pages and devices may write, in any content type', async () => {
	const { origin, host } = new URL(app.url);
	for (const own of [{}, { origin }, { origin: `https://${host}` }] as Record<string, string>[])
		for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
			expect(
				(await post('bike-test-5', reading(1), { ...own, 'content-type': type })).status,
				`${JSON.stringify(own)} ${type}`
			).toBe(202);
});

test('every kind of answer carries the security headers', async () => {
	const page = await ask('GET', '/');
	const [script] = page.text.match(/\/_app\/immutable\/[\w./-]+\.js/) ?? [];
	expect(script).toBeDefined();
	for (const target of ['/', script ?? '', '/nowhere', '/api/v1/layers', '/api/nope', '/healthz']) {
		const { headers } = await ask('GET', target);
		expect(headers['content-security-policy'], target).toContain("frame-ancestors 'none'");
		expect(headers['x-content-type-options'], target).toBe('nosniff');
		expect(headers['permissions-policy'], target).toContain('geolocation=(self)');
	}
	expect((await ask('GET', script ?? '')).headers['cache-control']).toContain('immutable');
	expect(page.headers['cache-control']).not.toContain('immutable');
});

test('alive, ready, and counted by route', async () => {
	expect((await ask('GET', '/healthz')).status).toBe(200);
	expect(['ready', 'degraded']).toContain((await ask('GET', '/readyz')).json()['status']);
	await ask('GET', '/api/v1/entities/bike-none-1');
	const { text, headers } = await ask('GET', '/metrics');
	expect(headers['content-type']).toContain('text/plain');
	expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
	expect(text).toContain('route="/api/v1/entities/[id]",status="404"');
	expect(text).not.toContain('bike-none-1');
});

test('a target that is no address and an upgrade to what we do not speak end no process', async () => {
	const { port } = new URL(app.url);
	const say = (target: string, upgrade: string) =>
		new Promise<string>((resolve) => {
			const socket = net.connect(Number(port), '127.0.0.1');
			let heard = '';
			socket.on('data', (chunk) => (heard += chunk.toString()));
			socket.on('error', () => {});
			socket.on('close', () => resolve(heard));
			socket.end(
				`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n` +
					'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
			);
		});
	for (const target of ['http://[', '//[', '/mqtt%', '/%', '*', '/../mqtt'])
		for (const upgrade of ['websocket', 'h2c']) await say(target, upgrade);
	expect(await say('/healthz', 'h2c')).toContain('HTTP/1.1 200');
	expect((await ask('GET', '/healthz')).status).toBe(200);
	expect((await ask('GET', `${app.url}/api/v1/entities?limit=1`)).status).toBe(200);
});

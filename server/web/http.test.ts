import fs from 'node:fs';
import http, {
	type IncomingHttpHeaders,
	type IncomingMessage,
	type ServerResponse
} from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import type { Services } from '../city/services.ts';
import { silent, type Log } from '../log.ts';
import { createHttpServer, type Handed, type HttpServer } from './http.ts';
import { writeLimit, type WriteLimit } from './writes.ts';

type Handler = (req: IncomingMessage & Handed, res: ServerResponse) => unknown;

const open: HttpServer[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map(({ close }) => close(0)));
});

async function serve(
	handler: Handler,
	config: { origin?: string; trustedProxies?: string[] } = {},
	{ log = silent, writes }: { log?: Log; writes?: WriteLimit } = {}
) {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-http-'));
	const request = vi.fn();
	const upgrade = vi.fn((_req: IncomingMessage, socket: { destroy: () => void }) =>
		socket.destroy()
	);
	const app = createHttpServer({
		services: {} as Services,
		handler: (req, res) => handler(req, res),
		upgrade,
		config: { origin: undefined, trustedProxies: [], ...config, dataDir },
		log,
		metrics: { request },
		...(writes && { writes })
	});
	open.push(app);
	await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve));
	return { ...app, port: (app.server.address() as AddressInfo).port, dataDir, request, upgrade };
}

interface Got {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

/** A request whose path and headers go out exactly as written. */
function get(
	port: number,
	target: string,
	headers: Record<string, string> = {},
	method = 'GET'
): Promise<Got> {
	return new Promise((resolve, reject) => {
		const req = http.request({ port, host: '127.0.0.1', path: target, method, headers }, (res) => {
			const chunks: Buffer[] = [];
			res.on('data', (chunk: Buffer) => chunks.push(chunk));
			res.on('end', () =>
				resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) })
			);
		});
		req.on('error', reject);
		req.end();
	});
}

const LONG = JSON.stringify({ text: 'vélo '.repeat(2_000) });
const json: Handler = (_req, res) => {
	res.setHeader('content-type', 'application/json');
	res.writeHead(200);
	res.write(LONG.slice(0, 5_000));
	res.end(LONG.slice(5_000));
};

test('a failure is logged without what was asked for: a follow link is a secret', async () => {
	const error = vi.fn();
	const { port, request } = await serve(
		() => {
			throw new Error('a bug');
		},
		{},
		{ log: { ...silent, error } }
	);
	const { status } = await get(port, '/signalement/1?suivi=a-secret', {
		referer: 'http://localhost/signalement/1?suivi=a-secret'
	});
	expect(status).toBe(500);
	expect(error).toHaveBeenCalledExactlyOnceWith(
		expect.objectContaining({ path: '/signalement/1' }),
		'unexpected failure'
	);
	await vi.waitFor(() => expect(request).toHaveBeenCalledOnce());
	expect(JSON.stringify([error.mock.calls, request.mock.calls])).not.toContain('a-secret');
});

test('every answer carries the security headers, errors and missing files too', async () => {
	const { port } = await serve((req, res) => {
		if (req.url === '/throws') throw new Error('a bug');
		res.writeHead(req.url === '/none' ? 404 : 200).end();
	});
	for (const target of ['/', '/none', '/throws']) {
		const { headers } = await get(port, target);
		expect(headers).toMatchObject({
			'x-content-type-options': 'nosniff',
			'x-frame-options': 'DENY',
			'referrer-policy': 'same-origin',
			'cross-origin-opener-policy': 'same-origin'
		});
		expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
		expect(headers['permissions-policy']).toContain('geolocation=(self), camera=(self)');
		expect(headers['permissions-policy']).toContain('microphone=()');
		expect(headers['strict-transport-security']).toBeUndefined();
	}
});

test('strict transport is said where the public address is https, and only there', async () => {
	const secure = await serve(json, { origin: 'https://capitoul.example' });
	expect((await get(secure.port, '/')).headers['strict-transport-security']).toMatch(/max-age=\d+/);
	const plain = await serve(json, { origin: 'http://capitoul.example' });
	expect((await get(plain.port, '/')).headers['strict-transport-security']).toBeUndefined();
});

test('an answer that says nothing of caching is asked again each time; one that does is left alone', async () => {
	const { port } = await serve((req, res) => {
		if (req.url === '/_app/immutable/x.js')
			res.setHeader('cache-control', 'public,max-age=31536000,immutable');
		res.end();
	});
	for (const target of ['/', '/service-worker.js', '/manifest.webmanifest'])
		expect((await get(port, target)).headers['cache-control']).toBe('no-cache');
	expect((await get(port, '/_app/immutable/x.js')).headers['cache-control']).toContain('immutable');
});

test('what is made on the fly is compressed as the visitor can read it', async () => {
	const { port } = await serve(json);
	const br = await get(port, '/', { 'accept-encoding': 'gzip, deflate, br' });
	expect(br.headers['content-encoding']).toBe('br');
	expect(br.headers.vary).toMatch(/accept-encoding/i);
	expect(brotliDecompressSync(br.body).toString()).toBe(LONG);
	const gzip = await get(port, '/', { 'accept-encoding': 'gzip' });
	expect(gunzipSync(gzip.body).toString()).toBe(LONG);
	const plain = await get(port, '/');
	expect(plain.headers['content-encoding']).toBeUndefined();
	expect(plain.body.toString()).toBe(LONG);
});

test.each([
	['an event stream', { 'content-type': 'text/event-stream' }],
	['a file compressed at build time', { 'content-type': 'text/css', 'content-encoding': 'br' }],
	['a part of a file', { 'content-type': 'text/css', 'content-range': 'bytes 0-9/99' }],
	['a picture', { 'content-type': 'image/png' }],
	['a short answer', { 'content-type': 'text/plain', 'content-length': '5' }]
])('%s is sent as it is', async (_what, headers) => {
	const body = 'content-length' in headers ? 'court' : LONG;
	const { port } = await serve((_req, res) => res.writeHead(200, headers).end(body));
	const got = await get(port, '/', { 'accept-encoding': 'br, gzip' });
	expect(got.body.toString()).toBe(body);
});

test('the page handler gets the services and the settled address, scheme and host', async () => {
	const seen: Record<string, unknown>[] = [];
	const handler: Handler = (req, res) => {
		seen.push({ services: req.services, headers: req.headers });
		res.end();
	};
	const forged = {
		host: 'internal:3000',
		'x-forwarded-proto': 'https',
		'x-forwarded-host': 'evil.example',
		'x-forwarded-for': '6.6.6.6'
	};
	await get((await serve(handler)).port, '/', forged);
	expect(seen[0]).toMatchObject({
		services: {},
		headers: { host: 'internal:3000', 'x-forwarded-proto': 'http', 'x-forwarded-for': '127.0.0.1' }
	});
	await get((await serve(handler, { trustedProxies: ['127.0.0.1'] })).port, '/', forged);
	expect(seen[1]).toMatchObject({
		headers: {
			host: 'evil.example',
			'x-forwarded-proto': 'https',
			'x-forwarded-for': '6.6.6.6'
		}
	});
});

test('an upgrade reaches the broker with its address settled', async () => {
	const { port, upgrade } = await serve(json);
	const headers = { connection: 'Upgrade', upgrade: 'websocket', 'x-forwarded-for': '6.6.6.6' };
	await expect(get(port, '/mqtt', headers)).rejects.toThrow();
	expect(upgrade).toHaveBeenCalledOnce();
	expect(upgrade.mock.calls[0]?.[0].headers['x-forwarded-for']).toBe('127.0.0.1');
});

test('a write from another site never reaches a handler or a file; reading does', async () => {
	const handler = vi.fn<Handler>((_req, res) => res.end('reached'));
	const { port, dataDir } = await serve(handler, { origin: 'https://capitoul.example' });
	fs.mkdirSync(path.join(dataDir, 'city/toulouse'), { recursive: true });
	fs.writeFileSync(path.join(dataDir, 'city/toulouse/places.json'), '{}');
	const evil = { origin: 'https://evil.example' };
	for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])
		for (const target of ['/', '/api/v1/x', '/city/toulouse/places.json']) {
			const { status, headers, body } = await get(port, target, evil, method);
			expect(status, `${method} ${target}`).toBe(403);
			expect(headers['content-type']).toBe('application/problem+json');
			expect(JSON.parse(body.toString())).toMatchObject({ code: 'origin_refused' });
		}
	expect(handler).not.toHaveBeenCalled();
	expect((await get(port, '/', evil)).body.toString()).toBe('reached');
	const ours = { origin: 'https://capitoul.example' };
	expect((await get(port, '/', ours, 'POST')).body.toString()).toBe('reached');
});

test('a body without a type is still a body; no body stays none', async () => {
	const types: (string | undefined)[] = [];
	const { port } = await serve((req, res) => {
		types.push(req.headers['content-type']);
		req.resume();
		res.end();
	});
	const send = (lines: string[], body = '') =>
		new Promise<void>((resolve) => {
			const socket = net.connect(port, '127.0.0.1', () =>
				socket.end(
					['POST / HTTP/1.1', 'Host: x', ...lines, 'Connection: close', '', body].join('\r\n')
				)
			);
			socket.resume().on('close', () => resolve());
		});
	await send(['Content-Length: 2'], '{}');
	await send(['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n');
	await send(['Content-Length: 0']);
	await send(['Content-Length: 2', 'Content-Type: application/json'], '{}');
	expect(types).toEqual([
		'application/octet-stream',
		'application/octet-stream',
		undefined,
		'application/json'
	]);
});

test('the official file of a city comes before the bundled one, and only what is in its folder', async () => {
	const { port, dataDir } = await serve((_req, res) => res.end('bundled'));
	fs.mkdirSync(path.join(dataDir, 'city/toulouse/sub'), { recursive: true });
	fs.writeFileSync(path.join(dataDir, 'city/toulouse/places.json'), '{"official":true}');
	fs.writeFileSync(path.join(dataDir, 'city/toulouse/.part'), 'half');
	fs.writeFileSync(path.join(dataDir, 'app.db'), 'secret');

	const official = await get(port, '/city/toulouse/places.json?v=1');
	expect(official.body.toString()).toBe('{"official":true}');
	expect(official.headers).toMatchObject({
		'content-type': 'application/json',
		'cache-control': 'no-cache'
	});
	const again = { 'if-none-match': String(official.headers.etag) };
	expect((await get(port, '/city/toulouse/places.json', again)).status).toBe(304);
	expect(
		(await get(port, '/city/toulouse/places.json', {}, 'HEAD')).headers['content-length']
	).toBe('17');
	for (const target of [
		'/city/toulouse/other.json',
		'/city/toulouse/sub',
		'/city/toulouse/.part',
		'/city/toulouse',
		'/city/../app.db',
		'/city/toulouse/../../app.db',
		'/city/toulouse/..%2f..%2fapp.db',
		'/city/%2e%2e/app.db',
		'/city/toulouse/%2e%2e/%2e%2e/app.db',
		'/city/toulouse/..\\..\\app.db',
		'//city/toulouse/places.json'
	])
		expect((await get(port, target)).body.toString(), target).toBe('bundled');
	expect((await get(port, '/city/toulouse/places.json', {}, 'POST')).body.toString()).toBe(
		'bundled'
	);
});

test('requests are counted by route template, never by address', async () => {
	const { port, request } = await serve((req, res) => {
		req.route = '/api/v1/entities/[id]';
		res.writeHead(404).end();
	});
	await get(port, '/api/v1/entities/bike-toulouse-1');
	await vi.waitFor(() => expect(request).toHaveBeenCalledOnce());
	expect(request.mock.calls[0]?.[0]).toMatchObject({
		method: 'GET',
		route: '/api/v1/entities/[id]',
		status: 404
	});
});

test('closing lets what is being answered end and refuses what comes after', async () => {
	const hold = Promise.withResolvers<void>();
	const reached = Promise.withResolvers<void>();
	const { port, close } = await serve(async (_req, res) => {
		reached.resolve();
		await hold.promise;
		res.end('whole');
	});
	const running = get(port, '/');
	await reached.promise;
	const closed = close(10_000);
	await expect(get(port, '/')).rejects.toThrow();
	hold.resolve();
	expect((await running).body.toString()).toBe('whole');
	await closed;
});

test('closing ends what does not end by itself', async () => {
	const reached = Promise.withResolvers<void>();
	const { port, close } = await serve(() => reached.resolve());
	const stuck = get(port, '/').catch((error: unknown) => error);
	await reached.promise;
	await close(50);
	expect(await stuck).toBeInstanceOf(Error);
});

const SMALL = { points: 3, duration: 3_600 };

test('an address writes no more than its share an hour, and is told in words when to come back; it may still read', async () => {
	const reached = vi.fn((_req: IncomingMessage, res: ServerResponse) => {
		res.writeHead(204).end();
	});
	const { port, request } = await serve(reached, {}, { writes: writeLimit(Date.now, SMALL) });
	for (const [method, target] of [
		['PUT', '/api/v1/alert-rules/r'],
		['DELETE', '/api/v1/push/subscription'],
		['POST', '/signalement/1?/confirmer']
	] as const)
		expect((await get(port, target, {}, method)).status).toBe(204);
	for (const target of [
		'/api/v1/reports',
		'/signalement/1?/suivre',
		// No way around by the names of what is counted elsewhere.
		'/api/v1/raw/../push/subscription',
		'/open311/%2e%2e/api/v1/device',
		'http://localhost/x?/open311/'
	]) {
		const { status, headers, body } = await get(port, target, {}, 'POST');
		expect(status, target).toBe(429);
		expect(headers['content-type']).toBe('application/problem+json');
		expect(Number(headers['retry-after'])).toBeGreaterThan(3_500);
		expect(JSON.parse(body.toString())).toMatchObject({
			code: 'too_many_requests',
			detail: expect.stringContaining('try again in 60 min') as string
		});
	}
	// A form without script is read by a person.
	const accept = { accept: 'text/html' };
	const shown = await get(port, '/signalement/1?/suivre', accept, 'POST');
	expect(shown.status).toBe(429);
	expect(Number(shown.headers['retry-after'])).toBeGreaterThan(3_500);
	expect(shown.body.toString()).toContain('réessayez dans une heure');
	expect(reached).toHaveBeenCalledTimes(3);
	expect((await get(port, '/')).status).toBe(204);
	// A device and a partner write under their own credentials, which are counted where they are read.
	for (const target of ['/api/v1/raw/bike/bike-1', '/open311/v2/requests.json'])
		expect((await get(port, target, {}, 'POST')).status).toBe(204);
	await vi.waitFor(() =>
		expect(request).toHaveBeenCalledWith(expect.objectContaining({ route: 'limited', status: 429 }))
	);
});

test('behind a trusted proxy each visitor has a share, in IPv6 each network; what a stranger forwards gives none', async () => {
	const noContent: Handler = (_req, res) => res.writeHead(204).end();
	const write = async (port: number, address: string) =>
		(await get(port, '/api/v1/device', { 'x-forwarded-for': address }, 'DELETE')).status;
	const behind = await serve(
		noContent,
		{ trustedProxies: ['127.0.0.1'] },
		{ writes: writeLimit(Date.now, SMALL) }
	);
	for (const host of ['1', '2', '3:4:5'])
		expect(await write(behind.port, `2001:db8:1:1::${host}`)).toBe(204);
	expect(await write(behind.port, '2001:db8:1:1::7')).toBe(429);
	expect(await write(behind.port, '2001:db8:1:2::7')).toBe(204);
	expect(await write(behind.port, '192.0.2.1')).toBe(204);

	const open = await serve(noContent, {}, { writes: writeLimit(Date.now, SMALL) });
	const statuses = [];
	for (const host of [1, 2, 3, 4]) statuses.push(await write(open.port, `192.0.2.${host}`));
	expect(statuses).toEqual([204, 204, 204, 429]);
});

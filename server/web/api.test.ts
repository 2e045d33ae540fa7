import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { asApi, isApi } from './api.ts';

const call = (
	init: RequestInit,
	{
		matched = true,
		failure,
		response = Response.json({})
	}: { matched?: boolean; failure?: AppError; response?: Response } = {}
) =>
	asApi(
		{ request: new Request('http://x/api/v1/layers', init), matched, failure: () => failure },
		() => response
	);

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

test('paths read by programs are known by their whole first part', () => {
	for (const path of ['/api', '/api/v1/x', '/healthz', '/readyz', '/metrics'])
		expect(isApi(path), path).toBe(true);
	for (const path of ['/', '/apix', '/lieu/api', '/healthz/x'])
		expect(isApi(path), path).toBe(false);
});

test('any site may read what is public', async () => {
	const { headers } = await call({});
	expect(headers.get('access-control-allow-origin')).toBe('*');
});

test('a preflight for reading is granted, one for writing is not', async () => {
	const preflight = (wanted: string) =>
		call({ method: 'OPTIONS', headers: { 'access-control-request-method': wanted } });
	const read = await preflight('GET');
	expect(read.status).toBe(204);
	expect(read.headers.get('access-control-allow-origin')).toBe('*');
	for (const method of ['POST', 'PUT', 'DELETE'])
		expect((await preflight(method)).headers.get('access-control-allow-origin')).toBeNull();
	// A wildcard would let a foreign page add X-Forwarded-Host behind a proxy that only appends.
	expect(read.headers.get('access-control-allow-headers')).not.toContain('*');
});

test('whatever goes wrong is a problem document with its code', async () => {
	const html = (status: number, headers = {}) =>
		new Response('<h1>', { status, headers: { 'content-type': 'text/html', ...headers } });
	expect(await codeOf(await call({}, { matched: false }))).toBe('not_found');
	expect(await codeOf(await call({}, { response: html(500) }))).toBe('internal');
	const method = await call({ method: 'PUT' }, { response: html(405, { allow: 'GET' }) });
	expect(method.status).toBe(405);
	expect(method.headers.get('allow')).toBe('GET');
	expect(await codeOf(method)).toBe('method_not_allowed');
	const expected = await call(
		{ method: 'POST' },
		{ failure: new AppError('credentials_refused'), response: html(500) }
	);
	expect(expected.status).toBe(401);
	expect(expected.headers.get('www-authenticate')).toContain('Basic');
	expect(await codeOf(expected)).toBe('credentials_refused');
});

test('who is refused for now is told when to come back', async () => {
	for (const code of ['too_many_requests', 'broker_unavailable'] as const)
		expect((await call({}, { failure: new AppError(code) })).headers.get('retry-after')).toBe('5');
});

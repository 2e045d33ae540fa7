import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientOf, prepareAdapter, proxies, settleClient } from './proxy.ts';

const request = (remoteAddress: string, headers: Record<string, string>) =>
	({ headers: { ...headers }, socket: { remoteAddress } }) as unknown as IncomingMessage;

const said = {
	host: 'internal:3000',
	'x-forwarded-for': '203.0.113.9',
	'x-forwarded-proto': 'https',
	'x-forwarded-host': 'capitoul.example'
};

test('what a stranger forwards counts for nothing', () => {
	const trusted = proxies(['10.0.0.1']);
	expect(clientOf(request('198.51.100.4', said), trusted)).toEqual({
		address: '198.51.100.4',
		protocol: 'http',
		host: 'internal:3000'
	});
});

test('what a trusted proxy forwards counts, IPv4 in IPv6 clothes included', () => {
	for (const peer of ['10.0.0.1', '::ffff:10.0.0.1'])
		expect(clientOf(request(peer, said), proxies(['10.0.0.0/24']))).toEqual({
			address: '203.0.113.9',
			protocol: 'https',
			host: 'capitoul.example'
		});
	expect(proxies(['fd00::/8']).trusts('fd12::1')).toBe(true);
	expect(proxies(['fd00::/8']).trusts('fe80::1')).toBe(false);
});

test('an address a visitor wrote in front of the chain is not believed', () => {
	const headers = { ...said, 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2' };
	expect(clientOf(request('10.0.0.1', headers), proxies(['10.0.0.0/24'])).address).toBe(
		'203.0.113.9'
	);
});

test('a forwarded host or scheme that is none is left aside', () => {
	const headers = { ...said, 'x-forwarded-host': 'a b/<c>', 'x-forwarded-proto': 'gopher' };
	expect(clientOf(request('10.0.0.1', headers), proxies(['10.0.0.1']))).toMatchObject({
		protocol: 'http',
		host: 'internal:3000'
	});
});

test('after settling, the headers say the truth and nothing else', () => {
	const req = request('198.51.100.4', {
		...said,
		forwarded: 'for=6.6.6.6',
		'x-real-ip': '6.6.6.6'
	});
	settleClient(req, proxies([]));
	expect(req.headers).toEqual({
		host: 'internal:3000',
		'x-forwarded-for': '198.51.100.4',
		'x-forwarded-proto': 'http'
	});
});

test.each(['nonsense', '10.0.0.1/33', '10.0.0.1/', '10.0.0.0/8/8', 'fd00::/129', ''])(
	'TRUSTED_PROXIES=%s is refused by name',
	(entry) => expect(() => proxies([entry])).toThrow(/TRUSTED_PROXIES/)
);

test('the adapter finds each of its variables set or absent, whatever the environment said', () => {
	const env: Record<string, string | undefined> = { ORIGIN: '', HOST_HEADER: 'x-evil', PATH: '/' };
	prepareAdapter(undefined, env);
	expect(env).toEqual({
		PROTOCOL_HEADER: 'x-forwarded-proto',
		ADDRESS_HEADER: 'x-forwarded-for',
		XFF_DEPTH: '1',
		BODY_SIZE_LIMIT: '33M',
		PATH: '/'
	});
	prepareAdapter('https://capitoul.example', env);
	expect(env['ORIGIN']).toBe('https://capitoul.example');
});

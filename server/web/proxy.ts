import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Addresses compared without the `::ffff:` that a dual-stack socket puts before IPv4. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

export interface Proxies {
	trusts: (address: string) => boolean;
}

/** The proxies whose `X-Forwarded-*` counts: addresses or CIDR ranges. Throws `TypeError` naming one it cannot read. */
export function proxies(list: readonly string[]): Proxies {
	const known = new BlockList();
	for (const entry of list) {
		const [address = '', bits, more] = entry.split('/');
		const family = isIP(address);
		const size = family === 6 ? 128 : 32;
		const prefix = bits === undefined ? size : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
		if (family === 0 || prefix > size || more !== undefined)
			throw new TypeError(`TRUSTED_PROXIES: "${entry}" is not an address or a CIDR range`);
		known.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
	}
	return {
		trusts(address) {
			const bare = plain(address);
			const family = isIP(bare);
			return family !== 0 && known.check(bare, family === 6 ? 'ipv6' : 'ipv4');
		}
	};
}

export interface Client {
	address: string;
	protocol: 'http' | 'https';
	host: string | undefined;
}

const HOST = /^[a-z0-9.\-_[\]:]{1,255}$/i;

/** Who really asks, and by which public name: what a trusted proxy says of it, else the connection's own word. */
export function clientOf(req: IncomingMessage, { trusts }: Proxies): Client {
	const { headers, socket } = req;
	const peer = plain(socket.remoteAddress ?? '');
	const own: Client = {
		address: peer,
		protocol: (socket as Partial<TLSSocket>).encrypted ? 'https' : 'http',
		host: headers.host
	};
	if (!trusts(peer)) return own;
	const said = (name: string) => {
		const value = headers[name];
		return (Array.isArray(value) ? value.join(',') : (value ?? '')).split(',').map((s) => s.trim());
	};
	// Each proxy appends who it saw: going back, the first one that is not a proxy of ours is the visitor.
	const chain = said('x-forwarded-for')
		.map(plain)
		.filter((address) => isIP(address) !== 0);
	const [protocol] = said('x-forwarded-proto');
	const [host = ''] = said('x-forwarded-host');
	return {
		address: chain.findLast((address) => !trusts(address)) ?? chain[0] ?? peer,
		protocol: protocol === 'https' || protocol === 'http' ? protocol : own.protocol,
		host: HOST.test(host) ? host : own.host
	};
}

/**
 * Rewrites the request's headers so that everything behind reads one truth: `Host` and `X-Forwarded-*` say what
 * `clientOf` found, whatever an untrusted visitor sent. The page handler reads them by `adapterEnv`.
 */
export function settleClient(req: IncomingMessage, trusted: Proxies): Client {
	const client = clientOf(req, trusted);
	const { headers } = req;
	for (const name of Object.keys(headers))
		if (name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip')
			Reflect.deleteProperty(headers, name);
	if (client.host !== undefined) headers.host = client.host;
	headers['x-forwarded-for'] = client.address;
	headers['x-forwarded-proto'] = client.protocol;
	return client;
}

/**
 * What SvelteKit's Node adapter reads from the environment: set it before importing `build/handler.js`. Without it the
 * adapter takes every request for https; `undefined` means the variable must be absent, the adapter refuses an empty one.
 */
export const adapterEnv = (origin: string | undefined): Record<string, string | undefined> => ({
	ORIGIN: origin,
	PROTOCOL_HEADER: 'x-forwarded-proto',
	HOST_HEADER: undefined,
	PORT_HEADER: undefined,
	ADDRESS_HEADER: 'x-forwarded-for',
	XFF_DEPTH: '1',
	// The largest body any route takes: a report with its photos. Each route holds its own to its own bound.
	BODY_SIZE_LIMIT: '33M'
});

/** Puts `adapterEnv` into an environment. */
export function prepareAdapter(
	origin: string | undefined,
	env: Record<string, string | undefined> = process.env
): void {
	for (const [name, value] of Object.entries(adapterEnv(origin)))
		if (value === undefined) Reflect.deleteProperty(env, name);
		else env[name] = value;
}

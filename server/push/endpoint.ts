import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../src/lib/errors.ts';

/** The push services of the browsers there are; `.x` stands for every name under x. */
const KNOWN = [
	'fcm.googleapis.com',
	'jmt17.google.com',
	'updates.push.services.mozilla.com',
	'.push.services.mozilla.com',
	'web.push.apple.com',
	'.push.apple.com',
	'.notify.windows.com'
];

const MAX_LENGTH = 1024;
const RESOLVE_MS = 5_000;

/** Every address a name has. */
export type Resolve = (host: string) => Promise<string[]>;

/** An endpoint that may be written to, and the one address to connect to. */
export interface Target {
	url: URL;
	address: string;
}

export interface GateOptions {
	/** Hosts the operator adds (`PUSH_ALLOWED_HOSTS`), with a port or without; they may be in the operator's own network. */
	allowedHosts: readonly string[];
	resolve?: Resolve;
}

/**
 * The gate for addresses that a client gave and this server will write to (ASVS 13.2.4): asked when a phone subscribes and
 * again before each message. https, port 443, no user, a known push service, whose every address is public. Throws
 * `endpoint_refused`.
 */
export async function checkEndpoint(endpoint: string, options: GateOptions): Promise<Target> {
	const url = readEndpoint(endpoint, options.allowedHosts);
	const trusted = isAllowed(url, options.allowedHosts);
	const { resolve = systemResolve } = options;
	const host = url.hostname.replace(/^\[|\]$/g, '');
	const addresses = isIP(host) ? [host] : await resolve(host).catch(unresolved);
	const [address] = addresses;
	if (address === undefined) throw refused('its host has no address');
	if (!trusted && !addresses.every(isPublic))
		throw refused('its host is not on the public network');
	return { url, address };
}

const unresolved = () => {
	throw new AppError('endpoint_unresolved');
};

/** What the address says by itself, before anything is asked of the network. */
function readEndpoint(endpoint: string, allowedHosts: readonly string[]): URL {
	// Written plainly or not at all: no space, backslash, control or foreign letter that one parser reads otherwise.
	if (endpoint.length > MAX_LENGTH || !/^https:\/\/[a-z0-9.:[\]-]+\/[\x21-\x7e]*$/.test(endpoint))
		throw refused('it is not a plain https address');
	if (/[\\#]/.test(endpoint) || !URL.canParse(endpoint)) throw refused('it is not a plain address');
	const url = new URL(endpoint);
	const [, written = ''] = /^https:\/\/([^/]+)/.exec(endpoint) ?? [];
	if (url.protocol !== 'https:' || url.username !== '' || url.password !== '')
		throw refused('it is not a plain https address');
	// A number that becomes an address (`2130706433`, `0x7f.1`) reads back as something else than was written.
	if (url.host !== written.replace(/:443$/, '')) throw refused('its host is not written plainly');
	if (isAllowed(url, allowedHosts)) return url;
	if (url.port !== '') throw refused('its port is not 443');
	if (!isKnown(url.hostname)) throw refused('its host is not a known push service');
	return url;
}

const isKnown = (host: string) =>
	KNOWN.some((known) => (known.startsWith('.') ? host.endsWith(known) : host === known));

const isAllowed = ({ host, hostname, port }: URL, allowed: readonly string[]) =>
	allowed.some((entry) => entry === host || (port === '' && entry === hostname));

/** Neither loopback, private, link-local, multicast, reserved nor a v4 address in the dress of a v6 one. */
function isPublic(address: string): boolean {
	return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** The resolver of this machine, waited for 5 s. */
export const systemResolve: Resolve = async (host) => {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('no answer of the resolver')), RESOLVE_MS);
	});
	try {
		const found = await Promise.race([lookup(host, { all: true }), late]);
		return found.map(({ address }) => address);
	} finally {
		clearTimeout(timer);
	}
};

/** Asks once a minute per name. What is checked is what is connected to, so an answer that changes meanwhile does no harm. */
export function remembered(resolve: Resolve, clock: () => number): Resolve {
	const known = new Map<string, { addresses: Promise<string[]>; until: number }>();
	return (host) => {
		const now = clock();
		const kept = known.get(host);
		if (kept && kept.until > now) return kept.addresses;
		// Subdomains are anybody's to make up: what is known of them is let go of together.
		if (known.size >= MAX_NAMES) known.clear();
		const addresses = resolve(host);
		known.set(host, { addresses, until: now + REMEMBER_MS });
		// A failure is asked again at once.
		addresses.catch(() => known.delete(host));
		return addresses;
	};
}

const REMEMBER_MS = 60_000;
const MAX_NAMES = 1_000;

const refused = (why: string) =>
	new AppError('endpoint_refused', `the endpoint is refused: ${why}`);

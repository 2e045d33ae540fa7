import type { IncomingMessage } from 'node:http';
import net from 'node:net';

/** The proxies whose `X-Forwarded-*` counts: addresses or ranges (« 10.0.0.0/8 »). */
export function proxyList(trusted: readonly string[]): net.BlockList {
	const list = new net.BlockList();
	for (const entry of trusted) {
		const [address = '', bits] = entry.split('/');
		const family = net.isIPv6(address) ? 'ipv6' : 'ipv4';
		if (!net.isIP(address)) continue;
		if (bits === undefined) list.addAddress(address, family);
		else list.addSubnet(address, Number(bits), family);
	}
	return list;
}

const trusts = (proxies: net.BlockList, address: string) =>
	net.isIP(address) !== 0 && proxies.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');

/** Who asks: the peer, or what the nearest proxy that is not ours saw. */
export function visitorAddress(request: IncomingMessage, proxies: net.BlockList): string {
	let address = request.socket.remoteAddress ?? '';
	const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
	while (trusts(proxies, address)) {
		const before = forwarded.pop()?.trim();
		if (before === undefined || !net.isIP(before)) break;
		address = before;
	}
	return address;
}

/**
 * Whether a WebSocket may be opened from where it is asked: no `Origin` (not a browser), the public origin, or the host
 * the request itself names. Another site's page must not speak to us with its visitor's address.
 */
export function originAllowed(
	request: IncomingMessage,
	publicOrigin: string | undefined,
	proxies: net.BlockList
): boolean {
	const { origin } = request.headers;
	if (origin === undefined || origin === publicOrigin) return true;
	const forwarded = request.headers['x-forwarded-host'];
	const host =
		typeof forwarded === 'string' && trusts(proxies, request.socket.remoteAddress ?? '')
			? forwarded
			: request.headers.host;
	if (host === undefined || !URL.canParse(origin)) return false;
	return new URL(origin).host === host.toLowerCase();
}

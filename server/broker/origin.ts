import type { IncomingMessage } from 'node:http';

/**
 * Whether a WebSocket may be opened from where it is asked: no `Origin` (not a browser), the public origin, or the host
 * the request itself names. Another site's page must not speak to us with its visitor's address.
 */
export function originAllowed(request: IncomingMessage, publicOrigin: string | undefined): boolean {
	const { origin, host } = request.headers;
	if (origin === undefined) return true;
	if (origin === publicOrigin) return true;
	if (host === undefined || !URL.canParse(origin)) return false;
	return new URL(origin).host === host.toLowerCase();
}

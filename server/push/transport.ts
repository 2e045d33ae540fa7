import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Target } from './endpoint.ts';

/** What a push service said. */
export interface Answer {
	status: number;
	retryAfter: string | undefined;
}

/** Sends one message. Rejects where no answer came: broken, refused, or not in time. */
export type Transport = (
	target: Target,
	headers: Record<string, string>,
	body: Buffer
) => Promise<Answer>;

/** More at once helps no push service and fills our memory. */
export const MAX_IN_FLIGHT = 100;
const TIMEOUT_MS = 10_000;
/** What is read of an answer; the rest is cut off. */
const MAX_ANSWER_BYTES = 1024;

/**
 * HTTPS on kept connections, to the address that was checked and no other, whatever the name means by then. Redirects are
 * not followed, proxies of the environment not used, answers read to 1 kB and never shown.
 */
export function httpsTransport({
	timeoutMs = TIMEOUT_MS,
	ca
}: { timeoutMs?: number; ca?: string } = {}): { post: Transport; close: () => void } {
	const agent = new https.Agent({
		keepAlive: true,
		maxSockets: MAX_IN_FLIGHT,
		maxFreeSockets: MAX_IN_FLIGHT,
		timeout: 60_000,
		...(ca !== undefined && { ca })
	});
	const post: Transport = ({ url, address }, headers, body) =>
		new Promise((resolve, reject) => {
			const request = https.request(url, {
				method: 'POST',
				agent,
				headers: { ...headers, 'content-length': body.length },
				lookup: pinned(address)
			});
			const timer = setTimeout(
				() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)),
				timeoutMs
			);
			request.on('error', (error) => {
				clearTimeout(timer);
				reject(error);
			});
			request.on('response', (response) => {
				const { statusCode = 0, headers } = response;
				const done = () => {
					clearTimeout(timer);
					resolve({ status: statusCode, retryAfter: headers['retry-after'] });
				};
				let read = 0;
				response.on('data', (chunk: Buffer) => {
					read += chunk.length;
					if (read > MAX_ANSWER_BYTES) response.destroy();
				});
				// Its status is its word, however the rest ends.
				response.once('close', done);
			});
			request.end(body);
		});
	return { post, close: () => agent.destroy() };
}

const pinned = (address: string): LookupFunction => {
	const family = address.includes(':') ? 6 : 4;
	return (_host, options, callback) => {
		if (options.all) callback(null, [{ address, family }]);
		else callback(null, address, family);
	};
};

import https from 'node:https';
import { addressOf } from './city.ts';

const PATIENCE_MS = 5_000;

/**
 * GET over TLS with kept connections, each from one of `addresses` addresses in turn: nginx allows 100 requests a second
 * per address. Resolves with the status and the text.
 */
export function getter(origin: string, ca: Buffer, first: number, addresses: number) {
	const agents = Array.from(
		{ length: addresses },
		(_, n) =>
			new https.Agent({ keepAlive: true, maxSockets: 4, ca, localAddress: addressOf(first + n) })
	);
	let turn = 0;
	return (path: string): Promise<{ status: number; text: string }> =>
		new Promise((resolve, reject) => {
			const agent = agents[turn++ % agents.length];
			const url = new URL(path, origin);
			// By address: `localhost` may be ::1, which no 127.x.y.z reaches.
			const to = {
				host: '127.0.0.1',
				servername: 'localhost',
				port: url.port,
				path: url.pathname + url.search
			};
			const request = https.get(
				{ ...to, agent, headers: { host: url.host }, timeout: PATIENCE_MS },
				(answer) => {
					let text = '';
					answer.setEncoding('utf8');
					answer.on('data', (chunk: string) => (text += chunk));
					answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
					answer.on('error', reject);
				}
			);
			request.on('timeout', () => request.destroy(new Error('no answer in time')));
			request.on('error', reject);
		});
}

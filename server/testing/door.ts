import http from 'node:http';
import { freePort } from './ports.ts';

/** A request as it passed the door. */
export interface Passed {
	method: string;
	path: string;
	headers: http.IncomingHttpHeaders;
	body: Buffer;
}

/** What happens to one request: `before`: the line is cut while it leaves; `after`: it arrives, its answer does not come back. */
export type Fate = 'pass' | 'before' | 'after';

export interface Door {
	url: string;
	/** Every write that came through, whole or in part. */
	writes: Passed[];
	close(): Promise<void>;
}

/** A line between a browser and the app that hears what is sent and can be cut, by `fate`, at each write. */
export async function openDoor(
	target: string,
	fate: (write: Passed, number: number) => Fate | Promise<Fate> = () => 'pass'
): Promise<Door> {
	const writes: Passed[] = [];
	const server = http.createServer((req, res) => {
		const chunks: Buffer[] = [];
		req.on('data', (chunk: Buffer) => chunks.push(chunk));
		req.on('error', () => res.destroy());
		req.on('end', () => void pass(req, res, Buffer.concat(chunks)).catch(() => res.destroy()));
	});
	const pass = async (req: http.IncomingMessage, res: http.ServerResponse, body: Buffer) => {
		const { method = 'GET', url = '/', headers } = req;
		let what: Fate = 'pass';
		if (method !== 'GET' && method !== 'HEAD') {
			const write = { method, path: url, headers, body };
			writes.push(write);
			what = await fate(write, writes.length);
		}
		const forward = http.request(target + url, { method, headers }, (answer) => {
			if (what === 'after') {
				answer.resume();
				answer.on('end', () => res.destroy());
				return;
			}
			res.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(res);
		});
		forward.on('error', () => res.destroy());
		if (what !== 'before') return void forward.end(body);
		// Half of it is on its way when the line is cut.
		forward.write(body.subarray(0, Math.floor(body.length / 2)), () => {
			forward.destroy();
			res.destroy();
		});
	};
	// The broker's WebSocket is not offered here: a page then reads over HTTP.
	server.on('upgrade', (_req, socket) => socket.destroy());
	const port = await freePort();
	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${port}`,
		writes,
		close: () => {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(() => resolve()));
		}
	};
}

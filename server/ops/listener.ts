import http from 'node:http';
import type { Services } from '../city/services.ts';
import { cannotListen } from '../start-error.ts';
import { readyAnswer } from './health.ts';

/**
 * Tells figures and health on a port of their own (`METRICS_PORT`): what a process without the web has no other way to
 * tell, and what a public web server need not tell everybody. Answers GET `/metrics`, `/healthz` and `/readyz`, nothing
 * else. Resolves, once it listens, with what ends it.
 */
export async function listenForOps(
	port: number,
	host: string,
	services: Pick<Services, 'health' | 'metrics'>
): Promise<() => Promise<void>> {
	const answer = async (path: string): Promise<Response> => {
		if (path === '/healthz') return Response.json({ status: 'alive' });
		if (path === '/readyz') return readyAnswer(services.health());
		if (path !== '/metrics') return new Response(null, { status: 404 });
		const { contentType, body } = await services.metrics();
		return new Response(body, { headers: { 'content-type': contentType } });
	};
	const server = http.createServer(
		{ maxHeaderSize: 4 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 },
		(req, res) => {
			req.resume();
			const asked = req.method === 'GET' ? (req.url ?? '').split('?', 1)[0] : '';
			void answer(asked ?? '').then(
				async (response) => {
					res.writeHead(response.status, {
						...Object.fromEntries(response.headers),
						'cache-control': 'no-store',
						'x-content-type-options': 'nosniff'
					});
					res.end(await response.text());
				},
				() => res.writeHead(500).end()
			);
		}
	);
	// A scraper asks one thing at a time; whoever opens hundreds is none.
	server.maxConnections = 64;
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error) => reject(cannotListen(error, 'METRICS_PORT', `${host}:${port}`)));
		server.listen(port, host, resolve);
	});
	return async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
}

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { constants } from 'node:zlib';
import compression from 'compression';
import { AppError } from '../../src/lib/errors.ts';
import type { Services } from '../city/services.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { cityFiles } from './city-files.ts';
import { DEFAULT_CACHE, securityHeaders, setHeaders } from './headers.ts';
import { isSafe, ownOrigin } from './origin.ts';
import { proxies, settleClient } from './proxy.ts';
import { refusal } from './refusal.ts';
import { writeLimit, type WriteLimit } from './writes.ts';

type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => unknown;

/** What the page handler finds on the request, and what hooks leave there. */
export interface Handed {
	services?: Services;
	/** Template of the route that answered, for metrics. */
	route?: string;
}

interface Deps {
	services: Services;
	/** `handler` of adapter-node's `build/handler.js`; call `prepareAdapter` before importing it. */
	handler: Middleware;
	/** Takes WebSocket upgrades; it looks at path and origin itself. */
	upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
	config: Pick<Config, 'origin' | 'trustedProxies' | 'dataDir'>;
	log: Log;
	metrics?: Pick<Metrics, 'request'>;
	/** Tests give a smaller one. */
	writes?: WriteLimit;
}

export interface HttpServer {
	server: http.Server;
	/** Stops accepting, lets what is being answered end, and after `graceMs` ends what is left. */
	close: (graceMs?: number) => Promise<void>;
}

// Behind nginx the proxy must be the one that closes an idle connection: its default is 60 s.
const KEEP_ALIVE_MS = 65_000;
// Someone on a bad line may pause this long; someone who reads nothing holds no connection longer.
const IDLE_MS = 60_000;
const CLOSE_GRACE_MS = 5_000;

/**
 * The one HTTP listener: settles who asks, sets the headers every answer carries, compresses what is made on the fly, refuses
 * writes of other sites and those beyond an address's share, then the official city files, then SvelteKit. It is returned
 * before it listens.
 */
export function createHttpServer(deps: Deps): HttpServer {
	const { services, handler, upgrade, config, log, metrics, writes = writeLimit() } = deps;
	const trusted = proxies(config.trustedProxies);
	const headers = securityHeaders(config.origin);
	const official = cityFiles(config.dataDir);
	const upgraded = new Set<Duplex>();
	let closing = false;

	const answer = async (req: IncomingMessage & Handed, res: ServerResponse, address: string) => {
		if (foreignWrite(req, config.origin)) {
			req.route = 'refused';
			return send(res, refusal(req, new AppError('origin_refused')));
		}
		try {
			if (!isSafe(req.method ?? 'GET')) await writes(req.url, address);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			req.route = 'limited';
			return send(res, refusal(req, error));
		}
		if (await official(req, res)) return void (req.route = '/city/[...file]');
		req.services = services;
		await handler(req, res, () => res.writeHead(404).end());
	};

	const server = http.createServer(
		{
			maxHeaderSize: 16 * 1024,
			headersTimeout: 15_000,
			// Three photos over a bad line take minutes; who sends nothing for a minute is cut by `IDLE_MS`.
			requestTimeout: 300_000,
			// Node looks every 30 s: a header sent a byte at a time would hold its connection for 45 s.
			connectionsCheckingInterval: 5_000,
			// Java's own client offers « h2c » with every first request: that is declined by answering it (RFC 9110, 7.8).
			shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket'
		},
		(req: IncomingMessage & Handed, res) => {
			const started = performance.now();
			req.url = originForm(req.url);
			const { address } = settleClient(req, trusted);
			giveBodyAType(req);
			setHeaders(res, headers);
			res.setHeader('cache-control', DEFAULT_CACHE);
			if (closing) res.shouldKeepAlive = false;
			res.setTimeout(IDLE_MS, () => req.socket.destroy());
			res.once('finish', () => letSenderFinish(req));
			res.once('close', () =>
				metrics?.request({
					method: methodLabel(req.method),
					route: req.route ?? 'file',
					status: res.statusCode,
					seconds: (performance.now() - started) / 1000
				})
			);
			compress(req, res, () => {
				answer(req, res, address).catch((error: unknown) => {
					if (res.destroyed) return; // the visitor left: nothing failed here
					// Without its query: a follow link is a secret, and a view says where somebody looks.
					log.error({ err: error, path: req.url?.split('?', 1)[0] }, 'unexpected failure');
					if (res.headersSent) res.destroy();
					else res.writeHead(500).end();
				});
			});
		}
	);
	server.keepAliveTimeout = KEEP_ALIVE_MS;
	server.maxHeadersCount = 100;

	server.on('upgrade', (req, socket, head) => {
		// A socket nobody listens to would end the process with its first error.
		socket.on('error', () => socket.destroy());
		upgraded.add(socket);
		socket.once('close', () => upgraded.delete(socket));
		settleClient(req, trusted);
		if (closing) return void socket.destroy();
		upgrade(req, socket, head);
	});

	const close = async (graceMs = CLOSE_GRACE_MS) => {
		closing = true;
		// A connection that falls idle while closing would otherwise stay for its whole keep-alive.
		const sweep = setInterval(() => server.closeIdleConnections(), 50);
		const cut = setTimeout(() => {
			server.closeAllConnections();
			for (const socket of upgraded) socket.destroy();
		}, graceMs);
		await new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeIdleConnections();
		});
		clearInterval(sweep);
		clearTimeout(cut);
	};
	return { server, close };
}

/**
 * Whether this is a write that another site's page asks for. Checked here, not in a hook: files and prerendered pages
 * never reach one, and SvelteKit's own check knows forms only.
 */
function foreignWrite({ method = 'GET', headers }: IncomingMessage, ours: string | undefined) {
	const { origin, host } = headers;
	const site = headers['sec-fetch-site'];
	return !isSafe(method) && !ownOrigin({ origin, host, site: site?.toString() }, ours);
}

/** A target with scheme and host, as for a proxy, is to be understood too (RFC 9112, 3.2.2): `Host` says who is asked. */
function originForm(target = '/'): string {
	const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
	return rest.startsWith('/') || target === '*' ? rest : `/${rest}`;
}

async function send(res: ServerResponse, response: Response): Promise<void> {
	res.writeHead(response.status, Object.fromEntries(response.headers));
	res.end(await response.text());
}

/**
 * SvelteKit takes a body without `Content-Type` for no body at all, and an empty body removes an entity: a device that
 * forgets the header must not erase itself.
 */
function giveBodyAType({ headers }: IncomingMessage): void {
	const empty = headers['content-length'] === '0';
	const body =
		headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
	if (body && !empty) headers['content-type'] ??= 'application/octet-stream';
}

/** More than any route takes: who goes on sending after an answer is no sender in good faith. */
const UNREAD_MAX = 34 * 1024 * 1024;

/**
 * An answer given before the whole body was read (413, 401) reaches many a sender only once it has sent everything: what
 * is left is read and dropped, nothing of it is held.
 */
function letSenderFinish(req: IncomingMessage): void {
	if (req.complete || req.destroyed) return;
	let unread = 0;
	req.removeAllListeners('data');
	req.on('data', (chunk: Buffer) => {
		unread += chunk.length;
		if (unread > UNREAD_MAX) req.socket.destroy();
	});
	req.resume();
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const methodLabel = (method: string | undefined) =>
	method !== undefined && METHODS.has(method) ? method : 'other';

// Files of the build come already compressed and are left alone by the middleware.
const compress = compression({
	threshold: 1024,
	level: 6,
	brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
	filter: (_req, res) => {
		const type = String(res.getHeader('content-type') ?? '');
		// An event must leave at once, and a part of a file is counted in its own bytes.
		if (type.startsWith('text/event-stream') || res.hasHeader('content-range')) return false;
		return COMPRESSIBLE.test(type);
	}
}) as unknown as Middleware;

const COMPRESSIBLE =
	/^(text\/|image\/svg\+xml|application\/([\w.-]+\+)?(json|javascript|xml|manifest\+json))/;

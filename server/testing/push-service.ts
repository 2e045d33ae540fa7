import { createECDH, createPublicKey, randomBytes, verify, type ECDH } from 'node:crypto';
import https from 'node:https';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import ece from 'http_ece';
import { loopbackCertificate } from './certificate.ts';

/** A message as the push service got it. */
export interface Received {
	/** Which subscription: the path of its endpoint. */
	path: string;
	headers: IncomingHttpHeaders;
	body: Buffer;
	at: number;
}

/** What to answer: a status, headers with it, or anything done with the response itself (hang, reset). */
export type Answers = (
	received: Received,
	nth: number
) => number | { status: number; headers?: Record<string, string>; body?: string } | Trouble;
type Trouble = (response: ServerResponse, cut: () => void) => void;

export const hang: Trouble = () => {};
export const reset: Trouble = (_, cut) => cut();

/** A browser's side of one subscription. */
export interface Browser {
	subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
	/** Reads a message as that browser would, by an independent library. Throws where it cannot. */
	read(received: Received): unknown;
}

export interface PushService {
	origin: string;
	/** `127.0.0.1:port`, for `PUSH_ALLOWED_HOSTS`. */
	host: string;
	ca: string;
	received: Received[];
	/** Connections ever made: a gate that holds leaves this at 0. */
	connections: number;
	answers: Answers;
	browser(name: string): Browser;
	stop(): Promise<void>;
}

/** A push service on loopback that speaks RFC 8030 over TLS; whatever it refuses by its script, it has recorded first. */
export async function startPushService(): Promise<PushService> {
	const { cert, key } = loopbackCertificate();
	const counts = new Map<string, number>();
	const server = https.createServer({ cert, key }, (request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { url: path = '', headers } = request;
			const received = { path, headers, body: Buffer.concat(chunks), at: Date.now() };
			service.received.push(received);
			const nth = (counts.get(path) ?? 0) + 1;
			counts.set(path, nth);
			const answer = service.answers(received, nth);
			if (typeof answer === 'function')
				return answer(response, () => raw.get(request.socket.remotePort)?.resetAndDestroy());
			const {
				status,
				headers: more,
				body = ''
			} = typeof answer === 'number' ? { status: answer } : answer;
			// RFC 8030, 5: where the message is, and how long it will be kept.
			response.writeHead(status, {
				...(status === 201 && {
					location: `${service.origin}/m/${randomBytes(8).toString('hex')}`
				}),
				ttl: String(headers['ttl'] ?? 0),
				...more
			});
			response.end(body);
		});
	});
	// What is under the TLS, as only that can be reset.
	const raw = new Map<number | undefined, Socket>();
	server.on('connection', (socket: Socket) => {
		service.connections++;
		raw.set(socket.remotePort, socket);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const service: PushService = {
		origin: `https://127.0.0.1:${port}`,
		host: `127.0.0.1:${port}`,
		ca: cert,
		received: [],
		connections: 0,
		answers: () => 201,
		browser: (name) => browser(`https://127.0.0.1:${port}/${name}`),
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	};
	return service;
}

function browser(endpoint: string): Browser {
	const pair: ECDH = createECDH('prime256v1');
	const p256dh = pair.generateKeys('base64url');
	const auth = randomBytes(16).toString('base64url');
	return {
		subscription: { endpoint, keys: { p256dh, auth } },
		read({ body }) {
			const plain = ece.decrypt(body, {
				version: 'aes128gcm',
				privateKey: pair,
				authSecret: auth
			});
			return JSON.parse(plain.toString('utf8')) as unknown;
		}
	};
}

/** Checks `Authorization: vapid` as a push service does (RFC 8292) and answers its claims and key. Throws where it does not hold. */
export function readVapid(header: string | undefined): {
	claims: { aud: string; exp: number; sub: string };
	key: string;
} {
	const [, head = '', claims = '', signature = '', key = ''] =
		/^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(header ?? '') ?? [];
	const part = (text: string): unknown =>
		JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
	if ((part(head) as { alg?: string }).alg !== 'ES256') throw new Error('not ES256');
	const point = Buffer.from(key, 'base64url');
	const publicKey = createPublicKey({
		format: 'jwk',
		key: {
			kty: 'EC',
			crv: 'P-256',
			x: point.subarray(1, 33).toString('base64url'),
			y: point.subarray(33).toString('base64url')
		}
	});
	const holds = verify(
		'sha256',
		Buffer.from(`${head}.${claims}`),
		{ key: publicKey, dsaEncoding: 'ieee-p1363' },
		Buffer.from(signature, 'base64url')
	);
	if (!holds) throw new Error('the signature does not hold');
	return { claims: part(claims) as { aud: string; exp: number; sub: string }, key };
}

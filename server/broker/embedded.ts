import type { EventEmitter } from 'node:events';
import net from 'node:net';
import { Readable, duplexPair, type Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { PREFIX } from '../../src/lib/topics.ts';
import type { Log } from '../log.ts';
import { authenticator, type Authenticate } from './credentials.ts';
import { Inlet } from './inlet.ts';
import { AddressLimits, LIMITS, type Limits } from './limits.ts';
import type { Accept } from './port.ts';
import { Retained } from './retained.ts';
import { mayPublish, maySubscribe, type Role, type ServiceName } from './rights.ts';
import { mqttUpgrade, type Upgrade } from './upgrade.ts';
import { Outlet, UNSENT_MAX, Wire, WireStream } from './wire.ts';

export interface EmbeddedOptions {
	mqtt: { port: number; devicePassword: string | undefined };
	host: string;
	dataDir: string;
	/** Public origin; undefined: each request's own. */
	origin: string | undefined;
	trustedProxies?: readonly string[];
	/** Keeps a raw message; its sender's PUBACK waits for it. */
	accept: Accept;
	/** What stands retained at the start: the state as the last run left it. */
	retained?: Iterable<{ topic: string; payload: string | Buffer; qos?: 0 | 1 }>;
	log: Log;
	limits?: Partial<Limits>;
	authenticate?: Authenticate;
}

export interface EmbeddedBroker {
	/** The TCP port it listens on. */
	readonly port: number;
	/** A connection inside the process: signed in already as one of our services, or still to sign in. */
	stream(account?: ServiceName): Duplex;
	/** For the HTTP server's `upgrade` event, path `/mqtt`. */
	upgrade: Upgrade;
	metrics(): BrokerCounts;
	close(): Promise<void>;
}

/** Counted since the start, except what is open or retained now. */
export interface BrokerCounts {
	connections: number;
	retained: number;
	published: number;
	refusedConnections: number;
	refusedPublishes: number;
	refusedSubscriptions: number;
	notAccepted: number;
	stalled: number;
}

const RAW = `${PREFIX}/raw/`;

// What Aedes lets one replace but does not declare in its types.
interface Internals {
	mq: { emit(packet: PublishPacket, done: () => void): unknown };
	persistence: {
		storeRetained(packet: PublishPacket): Promise<void>;
		createRetainedStreamCombi(filters: string[]): Readable;
	};
}

/**
 * Starts the broker inside this process: MQTT 3.1.1 over TCP, over WebSocket (`upgrade`) and in memory (`stream`).
 * Resolves once it listens; rejects where the port is taken. Rights are those of rights.ts, limits those of CONTRACT 2.
 */
export async function embeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
	const { accept, host, log } = options;
	const limits: Limits = { ...LIMITS, ...options.limits };
	const authenticate =
		options.authenticate ?? authenticator(options.dataDir, options.mqtt.devicePassword);
	const retained = new Retained();
	for (const { topic, payload, qos } of options.retained ?? [])
		retained.set(topic, Buffer.from(payload), qos ?? 1);
	const outlet = new Outlet();
	const addresses = new AddressLimits(limits);
	const roles = new WeakMap<object, Role>(); // connection → who signed in over it
	const inlets = new WeakMap<object, Inlet>();
	const wires = new Set<Wire>();
	const counts = { published: 0, connections: 0, publishes: 0, subscriptions: 0, notAccepted: 0 };

	const aedes = new Aedes({
		drainTimeout: limits.drainMs,
		connectTimeout: limits.connectMs,
		concurrency: 0, // a slow subscriber shall not queue everybody's messages behind its own
		maxClientsIdLength: 64,
		maxTopicLevels: 32,

		preConnect(client, packet, done) {
			// [MQTT-3.1.3-8]; Aedes would make up an id.
			if (packet.clientId === '' && packet.clean === false) {
				client.conn.end(Buffer.from([0x20, 2, 0, 2]));
				return done(new Error('an empty client id needs a clean session'), false);
			}
			// Ids are free, so they live in the account's own space: no device can push another one out.
			if (packet.clientId !== '') packet.clientId = `${packet.username ?? ''}/${packet.clientId}`;
			done(null, true);
		},
		authenticate(client, username, password, done) {
			if (roles.has(client.conn)) return done(null, true);
			if (username === undefined) {
				roles.set(client.conn, { kind: 'phone' });
				return done(null, true);
			}
			authenticate(username, password ?? Buffer.alloc(0)).then(
				(role) => {
					if (!role) return done(refused(), false);
					roles.set(client.conn, role);
					const inlet = inlets.get(client.conn);
					if (inlet && role.kind === 'service')
						inlet.limits = { ...inlet.limits, packetBytes: limits.servicePacketBytes };
					done(null, true);
				},
				(error: unknown) => {
					log.error({ error }, 'credentials cannot be read');
					done(refused(), false);
				}
			);
		},
		authorizePublish(client, packet, done) {
			const role = client && roles.get(client.conn);
			if (!role || !mayPublish(role, packet.topic)) {
				counts.publishes++;
				return done(new Error('topic_forbidden'));
			}
			counts.published++;
			if (!packet.topic.startsWith(RAW)) return done(null);
			packet.retain = false; // raw messages are never retained (CONTRACT 2)
			accept(packet.topic, Buffer.from(packet.payload)).then(
				() => done(null),
				(error: unknown) => {
					// No PUBACK, and the connection ends: the sender repeats it.
					counts.notAccepted++;
					log.warn({ error, topic: packet.topic }, 'a raw message could not be kept');
					done(new Error('not accepted'));
				}
			);
		},
		authorizeSubscribe(client, subscription, done) {
			const role = roles.get(client.conn);
			const open = Object.keys(
				(client as Client & { subscriptions: Record<string, unknown> }).subscriptions
			).length;
			if (role && maySubscribe(role, subscription.topic) && open < limits.filters)
				return done(null, subscription);
			counts.subscriptions++;
			done(null, null); // 0x80
		},
		authorizeForward(client, packet) {
			const { conn } = client;
			if (conn instanceof WireStream && conn.unsent > UNSENT_MAX) {
				outlet.stalled++;
				conn.wire.cut();
				return null;
			}
			return packet;
		}
	});
	await aedes.listen();
	const internals = aedes as unknown as Internals;
	internals.persistence.storeRetained = (packet) => {
		retained.set(packet.topic, Buffer.from(packet.payload), packet.qos);
		return Promise.resolve();
	};
	internals.persistence.createRetainedStreamCombi = (filters) =>
		Readable.from(found(retained, filters));
	const emit = internals.mq.emit.bind(internals.mq);
	internals.mq.emit = (packet, done) => {
		emit(packet, () => {});
		// The publisher waits for nobody who reads slowly: the cap bounds what waits.
		setImmediate(done);
	};
	// Errors of one client end that client; Aedes has closed it by then.
	aedes.on('clientError', (client, error) =>
		log.debug({ client: client.id, error: error.message }, 'client')
	);
	aedes.on('connectionError', (_client, error) =>
		log.debug({ error: error.message }, 'connection')
	);
	(aedes as EventEmitter).on('error', (error: Error) => log.error({ error }, 'broker'));

	const open = (wire: Wire, address: string) => {
		const stream = new WireStream(wire);
		const inlet = new Inlet({
			packetBytes: limits.packetBytes,
			publishesPerSecond: limits.publishesPerSecond
		});
		inlets.set(stream, inlet);
		wires.add(wire);
		const closed = wire.onClose;
		wire.onClose = () => {
			wires.delete(wire);
			addresses.left(address);
			closed();
		};
		wire.onData = (chunk) => {
			const wait = inlet.inspect(chunk, performance.now());
			if (wait === undefined) return wire.cut();
			if (wait > 0) {
				wire.hold('rate');
				setTimeout(() => wire.release('rate'), wait).unref();
			}
			stream.receive(chunk);
		};
		aedes.handle(stream);
	};

	const upgrade = mqttUpgrade({
		origin: options.origin,
		trustedProxies: options.trustedProxies,
		limits,
		addresses,
		open: (webSocket, socket, address) => open(new Wire(outlet, socket, webSocket), address),
		refused: () => counts.connections++
	});
	const server = net.createServer((socket) => {
		const address = socket.remoteAddress ?? '';
		if (!addresses.enter(address)) {
			counts.connections++;
			socket.destroy();
			return;
		}
		open(new Wire(outlet, socket), address);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(options.mqtt.port, host, resolve);
	});
	server.on('error', (error) => log.error({ error }, 'MQTT port'));

	return {
		port: (server.address() as net.AddressInfo).port,
		stream(account) {
			const [ours, theirs] = duplexPair({ highWaterMark: 256 * 1_024 });
			// One end closed closes the other, as a socket would.
			ours.once('close', () => theirs.destroy());
			theirs.once('close', () => ours.destroy());
			theirs.on('error', () => {});
			if (account) roles.set(ours, { kind: 'service', name: account });
			aedes.handle(ours);
			return theirs;
		},
		upgrade,
		metrics: () => ({
			connections: wires.size,
			retained: retained.size,
			published: counts.published,
			refusedConnections: counts.connections,
			refusedPublishes: counts.publishes,
			refusedSubscriptions: counts.subscriptions,
			notAccepted: counts.notAccepted,
			stalled: outlet.stalled
		}),
		async close() {
			const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
			await new Promise<void>((resolve) => aedes.close(resolve));
			outlet.flush();
			for (const wire of wires) wire.cut();
			await stopped;
		}
	};
}

function* found(retained: Retained, filters: readonly string[]) {
	for (const filter of filters)
		for (const { topic, payload, qos } of retained.match(filter))
			yield { cmd: 'publish', topic, payload, qos, retain: true };
}

const refused = (): AuthenticateError =>
	Object.assign(new Error('credentials_refused'), { returnCode: 4 });

import type { EventEmitter } from 'node:events';
import net from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { PREFIX } from '../../src/lib/topics.ts';
import type { Log } from '../log.ts';
import { keepInOwnStore } from './aedes.ts';
import { credentials, type Credentials } from './credentials.ts';
import { Inlet } from './inlet.ts';
import { AddressLimits, LIMITS, type Limits } from './limits.ts';
import { connack, packetEnd, readConnect } from './packets.ts';
import { Phones } from './phones.ts';
import type { Accept } from './port.ts';
import { Retained } from './retained.ts';
import { mayPublish, maySubscribe, type Role, type ServiceName } from './rights.ts';
import { mqttUpgrade, type Upgrade } from './upgrade.ts';
import { Outlet, UNSENT_MAX, Wire, WireStream, type Owner } from './wire.ts';

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
	credentials?: Credentials;
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
	/** Open over the network, phones among them. */
	connections: number;
	phones: number;
	/** Messages sent to phones. */
	delivered: number;
	retained: number;
	published: number;
	refusedConnections: number;
	refusedPublishes: number;
	refusedSubscriptions: number;
	notAccepted: number;
	stalled: number;
}

const RAW = `${PREFIX}/raw/`;
const REVOCATION_MS = 1_000;

/**
 * Starts the broker inside this process: MQTT 3.1.1 over TCP, over WebSocket (`upgrade`) and in memory (`stream`).
 * Resolves once it listens; rejects where the port is taken. Rights are those of rights.ts, limits those of CONTRACT 2.
 */
export async function embeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
	const { accept, host, log } = options;
	const limits: Limits = { ...LIMITS, ...options.limits };
	const known = options.credentials ?? credentials(options.dataDir, options.mqtt.devicePassword);
	const retained = new Retained();
	for (const { topic, payload, qos } of options.retained ?? [])
		retained.set(topic, Buffer.from(payload), qos ?? 1);
	const outlet = new Outlet();
	const addresses = new AddressLimits(limits);
	const roles = new WeakMap<object, Role>(); // connection → who signed in over it
	const devices = new Map<Client, Role>();
	const wires = new Set<Wire>();
	const counts = { published: 0, connections: 0, publishes: 0, subscriptions: 0, notAccepted: 0 };

	const aedes = new Aedes({
		drainTimeout: limits.drainMs,
		connectTimeout: limits.connectMs,
		concurrency: 0, // a slow subscriber shall not queue everybody's messages behind its own
		maxClientsIdLength: 64,
		maxTopicLevels: 32,

		preConnect(client, packet, done) {
			// Ids are free, so they live in the account's own space: no device can push another one out.
			if (packet.clientId !== '') packet.clientId = `${packet.username ?? ''}/${packet.clientId}`;
			done(null, true);
		},
		authenticate(client, username, password, done) {
			if (roles.has(client.conn)) return done(null, true);
			if (username === undefined) return done(refused(), false);
			known.check(username, password ?? Buffer.alloc(0)).then(
				(role) => {
					if (!role) return done(refused(), false);
					roles.set(client.conn, role);
					if (role.kind === 'device') devices.set(client, role);
					if (client.conn instanceof WireStream && role.kind === 'service')
						client.conn.inlet.limits = { ...limits, packetBytes: limits.servicePacketBytes };
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
			accept(packet.topic, bytes(packet.payload)).then(
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
	keepInOwnStore(aedes, retained, (packet) =>
		phones.deliver(packet.topic, bytes(packet.payload), packet.qos)
	);
	aedes.on('clientDisconnect', (client) => devices.delete(client));
	// A device that was removed, or given another password, is not heard any longer.
	const revocation = setInterval(() => {
		try {
			for (const [client, role] of devices) if (!known.stands(role)) client.close();
		} catch (error) {
			log.error({ error }, 'credentials cannot be read');
		}
	}, REVOCATION_MS);
	revocation.unref();
	// Errors of one client end that client; Aedes has closed it by then.
	aedes.on('clientError', (client, error) =>
		log.debug({ client: client.id, error: error.message }, 'client')
	);
	aedes.on('connectionError', (_client, error) =>
		log.debug({ error: error.message }, 'connection')
	);
	(aedes as EventEmitter).on('error', (error: Error) => log.error({ error }, 'broker'));

	const phones = new Phones(retained, limits);
	/** Reads the CONNECT, which says whose the connection is: a phone's, or one to be signed in. */
	const open =
		(address: string) =>
		(wire: Wire): Owner => {
			let bytes: Buffer = Buffer.alloc(0);
			let owner: Owner | undefined;
			const late = setTimeout(() => wire.cut(), limits.connectMs);
			wires.add(wire);
			const take = (next: Owner) => {
				clearTimeout(late);
				owner = next;
				wire.owner = {
					receive: (chunk) => next.receive(chunk),
					drained: () => next.drained(),
					gone
				};
			};
			const gone = () => {
				clearTimeout(late);
				wires.delete(wire);
				addresses.left(address);
				owner?.gone();
			};
			return {
				gone,
				drained: () => {},
				receive(chunk) {
					bytes = bytes.length > 0 ? Buffer.concat([bytes, chunk]) : chunk;
					const end = packetEnd(bytes, limits.packetBytes);
					if (end === 0) return;
					const connect = end === undefined ? undefined : readConnect(bytes.subarray(0, end));
					if (!connect) return wire.cut();
					const refuse = (code: number) => {
						wire.send(connack(code));
						wire.end();
					};
					if (connect.protocolVersion === 5) return refuse(1);
					// [MQTT-3.1.3-8]; Aedes would make up an id.
					if (connect.clientId === '' && !connect.clean) return refuse(2);
					if (connect.username === undefined)
						return take(phones.enter(wire, connect, bytes.subarray(end)));
					const stream = new WireStream(wire, new Inlet(limits));
					take(stream);
					stream.receive(bytes);
					aedes.handle(stream);
				}
			};
		};

	const upgrade = mqttUpgrade({
		origin: options.origin,
		trustedProxies: options.trustedProxies,
		limits,
		addresses,
		open: (webSocket, socket, address) => void new Wire(outlet, open(address), socket, webSocket),
		refused: () => counts.connections++
	});
	const server = net.createServer((socket) => {
		const address = socket.remoteAddress ?? '';
		if (!addresses.enter(address)) {
			counts.connections++;
			socket.destroy();
			return;
		}
		new Wire(outlet, open(address), socket);
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
			phones: phones.size,
			delivered: phones.delivered,
			retained: retained.size,
			published: counts.published,
			refusedConnections: counts.connections,
			refusedPublishes: counts.publishes + phones.refusedPublishes,
			refusedSubscriptions: counts.subscriptions + phones.refusedSubscriptions,
			notAccepted: counts.notAccepted,
			stalled: outlet.stalled
		}),
		async close() {
			const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
			await new Promise<void>((resolve) => aedes.close(resolve));
			clearInterval(revocation);
			phones.close();
			outlet.flush();
			for (const wire of wires) wire.cut();
			await stopped;
		}
	};
}

const bytes = (payload: string | Buffer) =>
	typeof payload === 'string' ? Buffer.from(payload) : payload;

const refused = (): AuthenticateError =>
	Object.assign(new Error('credentials_refused'), { returnCode: 4 });

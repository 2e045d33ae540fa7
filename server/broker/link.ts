import fs from 'node:fs';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { WebSocket, createWebSocketStream } from 'ws';
import { AppError } from '../../src/lib/errors.ts';
import type { Config } from '../config.ts';
import { packetEnd, puback, readFromBroker, type FromBroker } from './packets.ts';

export type Address = Pick<Config['mqtt'], 'url' | 'username' | 'password' | 'ca'>;

/** A byte stream to the broker at `MQTT_URL`, whatever its scheme. Bytes written before it is open wait. */
export function dial({ url, ca }: Address): Duplex {
	if (!url) throw new TypeError('no MQTT_URL');
	const authority = ca === undefined ? {} : { ca: [fs.readFileSync(ca)] };
	const host = url.hostname.replace(/^\[|\]$/g, '');
	// Nagle's algorithm with delayed acknowledgements costs 40 ms per round trip.
	const at = (port: number) => ({ host, port: Number(url.port) || port, noDelay: true });
	switch (url.protocol) {
		case 'mqtts:':
			return tls.connect({
				...at(8883),
				...authority,
				...(net.isIP(host) ? {} : { servername: host })
			});
		case 'ws:':
		case 'wss:':
			return createWebSocketStream(
				new WebSocket(url, 'mqtt', { ...authority, perMessageDeflate: false })
			);
		default:
			return net.connect(at(1883));
	}
}

/** A signed-in MQTT 3.1.1 connection, packet by packet. */
export interface Link {
	/** Whether the broker had kept a session of ours. */
	readonly sessionPresent: boolean;
	send(packet: Packet): void;
	/** Replaces what is done with a packet; nothing is lost in between. */
	onPacket(listener: (packet: FromBroker) => void): void;
	/** Resolves at the end of the connection, whoever ended it. */
	readonly closed: Promise<void>;
	/** Stops and goes on reading, so that the broker keeps what we cannot take. */
	pause(): void;
	resume(): void;
	/** Says goodbye (no last will) and closes. */
	end(): Promise<void>;
	destroy(): void;
}

const CONNECT_MS = 10_000;
const KEEPALIVE_S = 30;
const PACKET_MOST = 1_048_576; // four times what our brokers let through

/**
 * Signs in over `stream`. Rejects `credentials_refused`, or `broker_unavailable` where the broker does not answer within
 * 10 s or ends the connection. A broker that falls silent for 45 s is given up.
 */
export function openLink(
	stream: Duplex,
	connect: Pick<IConnectPacket, 'clientId' | 'username' | 'clean'> & {
		password?: string | undefined;
	}
): Promise<Link> {
	const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
	const { promise, resolve, reject } = Promise.withResolvers<Link>();
	const early: FromBroker[] = [];
	let listener = (packet: FromBroker): void => void early.push(packet);
	let heard = performance.now();
	let up = false;
	let gathered: Buffer[] = [];
	const leave = () => {
		const packets = gathered;
		gathered = [];
		if (packets.length > 0 && !stream.destroyed && stream.writable)
			stream.write(Buffer.concat(packets));
	};
	const send = (packet: Packet) => {
		if (stream.destroyed || !stream.writable) return;
		// Acknowledgements of one commit leave together, at the end of this turn, as one piece: a stream asks much of each.
		if (gathered.length === 0) setImmediate(leave);
		gathered.push(packet.cmd === 'puback' ? puback(packet.messageId ?? 0) : generate(packet));
	};
	const unavailable = (detail: string) => reject(new AppError('broker_unavailable', detail));
	const patience = setTimeout(() => {
		unavailable(`no answer in ${CONNECT_MS} ms`);
		stream.destroy();
	}, CONNECT_MS);
	const beat = setInterval(() => {
		if (performance.now() - heard > KEEPALIVE_S * 1_500) stream.destroy();
		else if (up) send({ cmd: 'pingreq' });
	}, KEEPALIVE_S * 500);
	beat.unref();

	const link = (sessionPresent: boolean): Link => ({
		sessionPresent,
		send,
		onPacket(next) {
			listener = next;
			for (const packet of early.splice(0)) next(packet);
		},
		closed,
		pause: () => stream.pause(),
		resume: () => stream.resume(),
		async end() {
			send({ cmd: 'disconnect' });
			leave();
			stream.end();
			const hurry = setTimeout(() => stream.destroy(), 2_000);
			await closed;
			clearTimeout(hurry);
		},
		destroy: () => stream.destroy()
	});
	const take = (packet: FromBroker) => {
		if (packet.cmd === 'pingresp') return;
		if (packet.cmd !== 'connack') return listener(packet);
		clearTimeout(patience);
		if (packet.returnCode === 0) {
			up = true;
			resolve(link(packet.sessionPresent));
			return;
		}
		if (packet.returnCode === 4 || packet.returnCode === 5)
			reject(new AppError('credentials_refused'));
		else unavailable(`refused with ${packet.returnCode}`);
		stream.destroy();
	};
	let rest: Buffer = Buffer.alloc(0);
	stream.on('data', (chunk: Buffer) => {
		heard = performance.now();
		const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
		let from = 0;
		while (from < bytes.length) {
			const end = packetEnd(bytes, PACKET_MOST, from);
			if (end === 0) break;
			const packet = end === undefined ? undefined : readFromBroker(bytes, from, end);
			if (end === undefined || packet === undefined) {
				stream.destroy(); // not a broker
				return;
			}
			take(packet);
			from = end;
		}
		rest = bytes.subarray(from);
	});
	stream.on('error', (error) => unavailable(error.message));
	stream.on('end', () => stream.destroy());
	stream.on('close', () => {
		clearTimeout(patience);
		clearInterval(beat);
		unavailable('the connection was closed');
		markClosed();
	});
	const { clientId, clean = true, username, password } = connect;
	send({
		cmd: 'connect',
		protocolId: 'MQTT',
		protocolVersion: 4,
		clientId,
		clean,
		keepalive: KEEPALIVE_S,
		...(username !== undefined && { username }),
		...(password !== undefined && { password: Buffer.from(password) })
	});
	return promise;
}

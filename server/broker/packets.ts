import { parser, type IConnectPacket, type Packet } from 'mqtt-packet';

/**
 * Where the packet of `bytes` that begins at `from` ends; 0 where it is not whole yet. Undefined: its length is malformed [MQTT-2.2.3] or
 * above `most`, and it never will be taken.
 */
export function packetEnd(bytes: Buffer, most: number, from = 0): number | undefined {
	let length = 0;
	for (let i = 1; i <= 4; i++) {
		const byte = bytes[from + i];
		if (byte === undefined) return 0;
		length |= (byte & 0x7f) << (7 * (i - 1));
		if (byte & 0x80) continue;
		if (length > most) return undefined;
		const end = from + i + 1 + length;
		return bytes.length >= end ? end : 0;
	}
	return undefined;
}

let last: Packet | undefined;
let reader = fresh();

function fresh() {
	const made = parser({ protocolVersion: 4 });
	made.on('packet', (packet) => (last = packet));
	made.on('error', () => (last = undefined));
	return made;
}

/** Reads one packet other than CONNECT, whole as `packetEnd` found it; undefined where it is malformed. */
export function readPacket(bytes: Buffer): Packet | undefined {
	if ((bytes[0] ?? 0) >> 4 === 1) return undefined;
	last = undefined;
	try {
		// One reader for all phones: what a malformed packet leaves behind must not become part of another's.
		if (reader.parse(bytes) === 0 && last !== undefined) return last;
	} catch {
		// as any other malformed packet
	}
	reader = fresh();
	return undefined;
}

/** Reads a CONNECT; undefined where it is another packet, malformed, or names no user but a password [MQTT-3.1.2-22]. */
export function readConnect(bytes: Buffer): IConnectPacket | undefined {
	let connect: IConnectPacket | undefined;
	const once = parser(); // its own: it takes on the protocol version it reads
	once.on('packet', (packet) => {
		if (packet.cmd === 'connect') connect = packet;
	});
	once.on('error', () => {});
	try {
		once.parse(bytes);
	} catch {
		return undefined;
	}
	if (connect && connect.username === undefined && connect.password !== undefined) return undefined;
	return connect;
}

/** What a broker sends to a client that speaks QoS 0 and 1. */
export type FromBroker =
	| { cmd: 'connack'; returnCode: number; sessionPresent: boolean }
	| { cmd: 'publish'; topic: string; payload: Buffer; messageId: number | undefined }
	| { cmd: 'puback' | 'unsuback'; messageId: number }
	| { cmd: 'suback'; messageId: number; granted: readonly number[] }
	| { cmd: 'pingresp' };

/**
 * Reads the whole packet of a broker that lies in `[from, to)`; undefined where it is none of these. By hand, for the raw messages of a city come
 * through here: the general parser costs more than all else that is done with them. The payload is a view of `bytes`.
 */
export function readFromBroker(bytes: Buffer, from = 0, to = bytes.length): FromBroker | undefined {
	const first = bytes[from] ?? 0;
	let at = from + 1;
	while ((bytes[at++] ?? 0) & 0x80);
	if (to < at + MINIMUM) return first === 0xd0 ? { cmd: 'pingresp' } : undefined;
	switch (first >> 4) {
		case 2:
			return {
				cmd: 'connack',
				sessionPresent: (bytes[at] ?? 0) === 1,
				returnCode: bytes[at + 1] ?? 0
			};
		case 3: {
			const name = at + 2;
			const end = name + bytes.readUInt16BE(at);
			const withId = (first & 0x06) !== 0;
			const payload = withId ? end + 2 : end;
			if (payload > to) return undefined;
			return {
				cmd: 'publish',
				topic: bytes.toString('utf8', name, end),
				payload: bytes.subarray(payload, to),
				messageId: withId ? bytes.readUInt16BE(end) : undefined
			};
		}
		case 4:
			return { cmd: 'puback', messageId: bytes.readUInt16BE(at) };
		case 9:
			return {
				cmd: 'suback',
				messageId: bytes.readUInt16BE(at),
				granted: [...bytes.subarray(at + 2, to)]
			};
		case 11:
			return { cmd: 'unsuback', messageId: bytes.readUInt16BE(at) };
		default:
			return undefined;
	}
}
const MINIMUM = 2; // bytes after the length, in all but PINGRESP

export const connack = (code: number) => Buffer.from([0x20, 2, 0, code]);
export const puback = (id: number) => Buffer.from([0x40, 2, id >> 8, id & 255]);
export const PINGRESP = Buffer.from([0xd0, 0]);
export const unsuback = (id: number) => Buffer.from([0xb0, 2, id >> 8, id & 255]);
export const suback = (id: number, granted: readonly number[]) =>
	Buffer.from([0x90, ...remainingLength(2 + granted.length), id >> 8, id & 255, ...granted]);

/** A PUBLISH. With an id it is of QoS 1, else of QoS 0. */
export function publish(topic: string, payload: Buffer, retain: boolean, id?: number): Buffer {
	const name = Buffer.byteLength(topic);
	const length = 2 + name + (id === undefined ? 0 : 2) + payload.length;
	const head = remainingLength(length);
	const packet = Buffer.allocUnsafe(1 + head.length + length);
	packet[0] = 0x30 | (id === undefined ? 0 : 2) | (retain ? 1 : 0);
	packet.set(head, 1);
	let at = 1 + head.length;
	at = packet.writeUInt16BE(name, at);
	at += packet.write(topic, at);
	if (id !== undefined) at = packet.writeUInt16BE(id, at);
	payload.copy(packet, at);
	return packet;
}

function remainingLength(length: number): number[] {
	const bytes: number[] = [];
	let rest = length;
	do {
		bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
		rest >>>= 7;
	} while (rest > 0);
	return bytes;
}

// A client cheaper than what it measures: MQTT 3.1.1 by hand over TCP or WebSocket, on loopback only.
import crypto from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';

const text = (value: string) => {
	const bytes = Buffer.from(value);
	return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};
function packet(head: number, ...parts: Buffer[]): Buffer {
	const body = Buffer.concat(parts);
	const length: number[] = [];
	let rest = body.length;
	do {
		length.push((rest & 127) | (rest > 127 ? 128 : 0));
		rest >>>= 7;
	} while (rest > 0);
	return Buffer.concat([Buffer.from([head, ...length]), body]);
}

export interface Account {
	username: string;
	password: string;
}
export const publishPacket = (topic: string, payload: Buffer, retain = false) =>
	packet(retain ? 0x31 : 0x30, text(topic), payload);

/** The same with QoS 1. */
export const publishQos1 = (topic: string, payload: Buffer, id: number) =>
	packet(0x32, text(topic), Buffer.from([id >> 8, id & 255]), payload);

/** Over TLS, as a device or phone of its own address: loopback has 16 million of them. */
export interface Through {
	ca: Buffer;
	localAddress?: string;
}
const PATIENCE_MS = 10_000;

/** One connection. `onPublish` gets the payload and acknowledges nothing (QoS 0); `onPuback` is for what we publish. */
export class BenchClient {
	readonly socket: net.Socket;
	onPublish: (payload: Buffer) => void = () => {};
	onPuback: () => void = () => {};
	#webSocket: boolean;
	#upgraded: boolean;
	#frames: Buffer = Buffer.alloc(0);
	#packets: Buffer = Buffer.alloc(0);
	#waiting = new Map<number, () => void>();

	private constructor(port: number, webSocket: boolean, through?: Through) {
		this.#webSocket = webSocket;
		this.#upgraded = !webSocket;
		const { localAddress } = through ?? {};
		const to = { port, host: '127.0.0.1', noDelay: true, ...(localAddress && { localAddress }) };
		this.socket = through
			? tls.connect({ ...to, ca: through.ca, servername: 'localhost' })
			: net.connect(to);
		this.socket.on('error', () => {});
		this.socket.on('data', (data: Buffer) => {
			if (webSocket) this.#unframe(data);
			else this.#unpack(data);
		});
	}

	static async open(
		port: number,
		webSocket: boolean,
		id: string,
		account?: Account,
		through?: Through
	): Promise<BenchClient> {
		const client = new BenchClient(port, webSocket, through);
		const late = through && setTimeout(() => client.socket.destroy(), PATIENCE_MS);
		await new Promise((resolve, reject) => {
			client.socket.once(through ? 'secureConnect' : 'connect', resolve);
			if (through) client.socket.once('close', () => reject(new Error('not connected')));
		});
		if (webSocket) {
			const host = through ? 'localhost' : '127.0.0.1';
			client.socket.write(
				`GET /mqtt HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
					`Sec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
					'Sec-WebSocket-Protocol: mqtt\r\n\r\n'
			);
			await client.#answer(UPGRADED);
		}
		const flags = 2 | (account ? 0xc0 : 0);
		const names = account ? [text(account.username), text(account.password)] : [];
		client.send(packet(0x10, text('MQTT'), Buffer.from([4, flags, 0, 0]), text(id), ...names));
		await client.#answer(2);
		clearTimeout(late);
		return client;
	}

	async subscribe(filters: readonly string[]): Promise<void> {
		const asked = filters.map((filter) => Buffer.concat([text(filter), Buffer.from([0])]));
		this.send(packet(0x82, Buffer.from([0, 1]), ...asked));
		await this.#answer(9);
	}

	send(bytes: Buffer): void {
		if (!this.#webSocket) {
			this.socket.write(bytes);
			return;
		}
		const n = bytes.length;
		const head = n < 126 ? [0x82, 128 | n] : [0x82, 254, n >> 8, n & 255];
		// A mask of zeros is a mask.
		this.socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), bytes]));
	}

	#answer(type: number): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#waiting.set(type, resolve);
			this.socket.once('close', () => reject(new Error('closed by the broker')));
		});
	}

	#answered(type: number): void {
		this.#waiting.get(type)?.();
		this.#waiting.delete(type);
	}

	#unframe(data: Buffer): void {
		let bytes = this.#frames.length > 0 ? Buffer.concat([this.#frames, data]) : data;
		if (!this.#upgraded) {
			const end = bytes.indexOf('\r\n\r\n');
			if (end >= 0) {
				this.#upgraded = true;
				bytes = bytes.subarray(end + 4);
				this.#answered(UPGRADED);
			}
		}
		while (this.#upgraded && bytes.length >= 2) {
			const short = (bytes[1] ?? 0) & 127;
			const head = short < 126 ? 2 : short === 126 ? 4 : 10;
			if (bytes.length < head) break;
			const length =
				short < 126
					? short
					: short === 126
						? bytes.readUInt16BE(2)
						: Number(bytes.readBigUInt64BE(2));
			if (bytes.length < head + length) break;
			if (((bytes[0] ?? 0) & 15) <= 2) this.#unpack(bytes.subarray(head, head + length));
			bytes = bytes.subarray(head + length);
		}
		this.#frames = bytes;
	}

	#unpack(data: Buffer): void {
		let bytes = this.#packets.length > 0 ? Buffer.concat([this.#packets, data]) : data;
		for (;;) {
			let length = 0;
			let head = 1;
			for (; head <= 4; head++) {
				const byte = bytes[head];
				if (byte === undefined) break;
				length |= (byte & 127) << (7 * (head - 1));
				if (byte < 128) break;
			}
			const end = head + 1 + length;
			if (bytes.length < 2 || bytes[head] === undefined || bytes.length < end) break;
			const type = (bytes[0] ?? 0) >> 4;
			if (type === 3) {
				const at = head + 1;
				this.onPublish(bytes.subarray(at + 2 + bytes.readUInt16BE(at), end));
			} else if (type === 4) this.onPuback();
			else this.#answered(type);
			bytes = bytes.subarray(end);
		}
		this.#packets = bytes;
	}
}
const UPGRADED = -1;

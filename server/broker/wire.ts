import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Inlet } from './inlet.ts';

/** A client with this much unsent is cut: it has stopped reading, and nobody else shall wait for it (DESIGN 7.1). */
export const UNSENT_MAX = 1_000_000;
/** Above this, what can wait (retained messages, a subscriber that pulls) waits for the client to read. */
const UNSENT_BUSY = 256 * 1_024;

/** Why a connection is not read: it is over its rate; what it goes to is full. */
export const Hold = { rate: 1, reader: 2 } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** Our end of a connection. */
export interface Owner {
	receive(chunk: Buffer): void;
	/** What was sent has left, the connection is no longer busy. */
	drained(): void;
	/** Nothing more comes or goes; called once. */
	gone(): void;
}

/**
 * One client's connection, TCP or WebSocket, as a byte stream of MQTT packets. What is sent within one turn of the event
 * loop leaves in one write (one WebSocket frame): plain Aedes makes a frame and a system call of each piece of a packet.
 */
export class Wire {
	/** Who is at our end: first whoever reads the CONNECT, then a phone or a stream for Aedes. */
	owner: Owner;
	readonly #socket: Socket;
	readonly #webSocket: WebSocket | undefined;
	#parts: Buffer[] = [];
	#unsent = 0;
	#closed = false;
	#ending = false;
	#holds = 0;
	readonly #outlet: Outlet;

	constructor(outlet: Outlet, owner: (wire: Wire) => Owner, socket: Socket, webSocket?: WebSocket) {
		this.owner = owner(this);
		this.#outlet = outlet;
		this.#socket = socket;
		this.#webSocket = webSocket;
		socket.setNoDelay(true);
		const closed = () => this.#close();
		socket.on('drain', () => this.owner.drained());
		if (webSocket) {
			webSocket.on('message', (data: Buffer, binary: boolean) => {
				// [MQTT-6.0.0-1]: text is an error.
				if (binary) this.owner.receive(data);
				else this.cut();
			});
			webSocket.on('close', closed);
			webSocket.on('error', () => this.cut());
		} else {
			socket.on('data', (chunk: Buffer) => this.owner.receive(chunk));
			socket.on('end', closed); // what came before it is still read
			socket.on('close', closed);
		}
		socket.on('error', () => this.cut());
	}

	get closed(): boolean {
		return this.#closed;
	}

	/** Closed, or about to be: nothing more is sent, and what comes is of no interest. */
	get over(): boolean {
		return this.#closed || this.#ending;
	}

	/** Bytes accepted here that the kernel has not taken yet. */
	get unsent(): number {
		return this.#unsent + this.#socket.writableLength;
	}

	get busy(): boolean {
		return this.unsent > UNSENT_BUSY;
	}

	/** Queues bytes for the end of this turn. The buffer must not change afterwards. Cuts a client that stopped reading. */
	send(bytes: Buffer): void {
		if (this.#closed || this.#ending) return;
		if (this.#parts.length === 0) this.#outlet.add(this);
		this.#parts.push(bytes);
		this.#unsent += bytes.length;
		if (this.#unsent + this.#socket.writableLength > UNSENT_MAX) {
			this.#outlet.stalled++;
			this.cut();
		}
	}

	/** Called by the outlet once a turn. */
	flush(join: (parts: Buffer[], webSocket: boolean) => Buffer): void {
		const parts = this.#parts;
		this.#parts = [];
		this.#unsent = 0;
		if (parts.length > 0 && !this.#closed && this.#open)
			this.#socket.write(join(parts, this.#webSocket !== undefined));
		if (!this.busy) this.owner.drained();
		if (this.#ending && !this.#closed) this.#finish();
	}

	/** Not once a close frame has gone out: nothing may follow it. */
	get #open(): boolean {
		return this.#webSocket === undefined || this.#webSocket.readyState === 1;
	}

	/** Sends what is queued, then closes. */
	end(): void {
		if (this.#ending || this.#closed) return;
		this.#ending = true;
		if (this.#parts.length === 0) this.#finish();
	}

	#finish(): void {
		if (this.#webSocket) this.#webSocket.close();
		else this.#socket.end();
		// A client that does not close its side is not waited for.
		const timer = setTimeout(() => this.cut(), CLOSE_MS);
		timer.unref();
	}

	cut(): void {
		if (this.#closed) return;
		this.#webSocket?.terminate();
		this.#socket.destroy();
		this.#close();
	}

	#close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#parts = [];
		this.#unsent = 0;
		this.owner.gone();
	}

	/** Stops reading for a reason; reading goes on when no reason is left. */
	hold(reason: Hold): void {
		if (this.#holds === 0 && !this.#closed) (this.#webSocket ?? this.#socket).pause();
		this.#holds |= reason;
	}

	release(reason: Hold): void {
		if ((this.#holds & reason) === 0) return;
		this.#holds &= ~reason;
		if (this.#holds === 0 && !this.#closed) (this.#webSocket ?? this.#socket).resume();
	}
}
const CLOSE_MS = 2_000;

/** Writes, at the end of each turn of the event loop, what was sent during it. */
export class Outlet {
	/** Clients cut because they had stopped reading. */
	stalled = 0;
	#waiting: Wire[] = [];

	add(wire: Wire): void {
		if (this.#waiting.length === 0) setImmediate(() => this.flush());
		this.#waiting.push(wire);
	}

	flush(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		// Phones of one cell mostly get the same packets in the same turn: they share one buffer, header included.
		let last: Buffer[] = [];
		let frame: Buffer | undefined;
		let framed = false;
		const join = (parts: Buffer[], webSocket: boolean): Buffer => {
			if (frame && framed === webSocket && same(parts, last)) return frame;
			last = parts;
			framed = webSocket;
			return (frame = webSocket
				? binaryFrame(parts)
				: parts.length === 1 && parts[0]
					? parts[0]
					: Buffer.concat(parts));
		};
		for (const wire of waiting) wire.flush(join);
	}
}

function same(a: readonly Buffer[], b: readonly Buffer[]): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

/** One unmasked binary WebSocket frame (RFC 6455, 5.2), as a server sends it. */
function binaryFrame(parts: readonly Buffer[]): Buffer {
	let length = 0;
	for (const part of parts) length += part.length;
	const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
	const frame = Buffer.allocUnsafe(head + length);
	frame[0] = 0x82;
	if (head === 2) frame[1] = length;
	else if (head === 4) {
		frame[1] = 126;
		frame.writeUInt16BE(length, 2);
	} else {
		frame[1] = 127;
		frame.writeBigUInt64BE(BigInt(length), 2);
	}
	let at = head;
	for (const part of parts) {
		part.copy(frame, at);
		at += part.length;
	}
	return frame;
}

const READ_REST_MS = 10_000;

/** A wire as the Duplex that Aedes wants. Back-pressure both ways; what exceeds the cap while it waits is cut. */
export class WireStream extends Duplex implements Owner {
	readonly wire: Wire;
	readonly inlet: Inlet;
	#waiting: (() => void) | undefined;

	constructor(wire: Wire, inlet: Inlet) {
		super({ writableHighWaterMark: UNSENT_BUSY });
		this.wire = wire;
		this.inlet = inlet;
	}

	receive(chunk: Buffer): void {
		const wait = this.inlet.inspect(chunk, performance.now());
		if (wait === undefined) return this.wire.cut();
		if (wait > 0) {
			this.wire.hold(Hold.rate);
			setTimeout(() => this.wire.release(Hold.rate), wait).unref();
		}
		if (!this.readableEnded && !this.destroyed && !this.push(chunk)) this.wire.hold(Hold.reader);
	}

	drained(): void {
		const go = this.#waiting;
		this.#waiting = undefined;
		go?.();
	}

	gone(): void {
		// Not destroyed at once: what was received before the end is still to be read.
		this.push(null);
		this.drained();
		setTimeout(() => this.destroy(), READ_REST_MS).unref();
	}

	/** Bytes on their way to the client, wherever they wait. */
	get unsent(): number {
		return this.writableLength + this.wire.unsent;
	}

	override _read(): void {
		this.wire.release(Hold.reader);
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
		this.wire.send(chunk);
		if (this.wire.busy && !this.wire.closed) this.#waiting = done;
		else done();
	}

	override _final(done: () => void): void {
		this.wire.end();
		done();
	}

	override _destroy(_error: Error | null, done: () => void): void {
		// What was written before (a CONNACK that refuses) still leaves.
		this.wire.end();
		done();
	}
}

import type { IConnectPacket, Packet } from 'mqtt-packet';
import type { Limits } from './limits.ts';
import { connack, packetEnd, PINGRESP, publish, readPacket, suback, unsuback } from './packets.ts';
import type { Retained, RetainedMessage } from './retained.ts';
import { maySubscribe } from './rights.ts';
import { Subscriptions, type Filter } from './subscriptions.ts';
import type { Owner, Wire } from './wire.ts';

const REFUSED = 0x80;
const PHONE = { kind: 'phone' } as const;
const EMPTY = Buffer.alloc(0);

/**
 * The phones: everybody without a name. They only subscribe, and have no session, so they need none of what Aedes keeps
 * for a client (several closures for each filter): a cell's filter is shared by its phones, and a message is encoded once
 * for all. Each gets one copy of a message, at the highest QoS of its matching filters [MQTT-3.3.5-1].
 */
export class Phones {
	readonly subscriptions = new Subscriptions<Phone>();
	readonly retained: Retained;
	readonly limits: Limits;
	/** Subscriptions answered with 0x80, publishes that ended a connection. */
	refusedSubscriptions = 0;
	refusedPublishes = 0;
	delivered = 0;
	readonly #byId = new Map<string, Phone>();
	readonly #sweep: NodeJS.Timeout;
	#message = 0;

	constructor(retained: Retained, limits: Limits) {
		this.retained = retained;
		this.limits = limits;
		this.#sweep = setInterval(() => this.#hangUp(performance.now()), 1_000);
		this.#sweep.unref();
	}

	get size(): number {
		return this.#byId.size;
	}

	/** Takes over a connection whose CONNECT has been read; `rest` came behind it. */
	enter(wire: Wire, connect: IConnectPacket, rest: Buffer): Phone {
		const id = connect.clientId || crypto.randomUUID();
		this.#byId.get(id)?.cut(); // [MQTT-3.1.4-2]
		// [MQTT-3.1.2-24]: silent for one and a half times its keep-alive. 0 switches it off.
		const patience = (connect.keepalive ?? 0) * 1_500 || Infinity;
		const phone = new Phone(this, wire, id, patience);
		this.#byId.set(id, phone);
		wire.send(connack(0));
		if (rest.length > 0) phone.receive(rest);
		return phone;
	}

	left(phone: Phone): void {
		if (this.#byId.get(phone.id) === phone) this.#byId.delete(phone.id);
	}

	/** Sends a message to every phone that has subscribed to it. */
	deliver(topic: string, payload: Buffer, qos: number): void {
		const filters = this.subscriptions.match(topic);
		if (filters.length === 0) return;
		const message = ++this.#message;
		if (qos > 0)
			for (const { qos1 } of filters)
				for (const phone of qos1)
					if (phone.last !== message) {
						phone.last = message;
						phone.wire.send(publish(topic, payload, false, phone.nextId()));
						this.delivered++;
					}
		let encoded: Buffer | undefined;
		for (const filter of filters)
			for (const list of qos > 0 ? [filter.qos0] : [filter.qos0, filter.qos1])
				for (const phone of list)
					if (phone.last !== message) {
						phone.last = message;
						encoded ??= publish(topic, payload, false);
						phone.wire.send(encoded);
						this.delivered++;
					}
	}

	#hangUp(now: number): void {
		for (const phone of this.#byId.values()) if (now - phone.heard > phone.patience) phone.cut();
	}

	close(): void {
		clearInterval(this.#sweep);
		for (const phone of this.#byId.values()) phone.cut();
	}
}

class Phone implements Owner {
	readonly wire: Wire;
	readonly id: string;
	readonly patience: number;
	heard = performance.now();
	/** Number of the last message delivered: overlapping filters bring it once. */
	last = 0;
	readonly #phones: Phones;
	readonly #filters: Filter<Phone>[] = [];
	#rest = EMPTY;
	#id = 0;
	/** Retained messages still to send, one reader for each filter. They wait while the phone is slow to read. */
	#retained: { qos: 0 | 1; messages: Generator<RetainedMessage> }[] | undefined;

	constructor(phones: Phones, wire: Wire, id: string, patience: number) {
		this.#phones = phones;
		this.wire = wire;
		this.id = id;
		this.patience = patience;
	}

	nextId(): number {
		return (this.#id = this.#id >= 65_535 ? 1 : this.#id + 1);
	}

	cut(): void {
		this.wire.cut();
	}

	gone(): void {
		this.#phones.left(this);
		for (const filter of this.#filters.splice(0)) this.#phones.subscriptions.remove(filter, this);
		this.#retained = undefined;
	}

	receive(chunk: Buffer): void {
		if (this.wire.over) return;
		this.heard = performance.now();
		let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
		while (bytes.length > 0) {
			const end = packetEnd(bytes, this.#phones.limits.packetBytes);
			if (end === undefined) return this.wire.end();
			if (end === 0) break;
			this.#take(bytes.subarray(0, end));
			if (this.wire.over) return;
			bytes = bytes.subarray(end);
		}
		// A copy: what arrived may be a slice of something much larger.
		this.#rest = bytes.length > 0 ? Buffer.from(bytes) : EMPTY;
	}

	#take(bytes: Buffer): void {
		const type = (bytes[0] ?? 0) >> 4;
		if (type === 3) this.#phones.refusedPublishes++;
		// PUBACK: its message has left with an ordered, reliable connection, and there is no session to repeat it in.
		if (type === 4) return;
		const packet = type === 1 || type === 3 ? undefined : readPacket(bytes);
		switch (packet?.cmd) {
			case 'pingreq':
				return this.wire.send(PINGRESP);
			case 'subscribe':
				return this.#subscribe(packet);
			case 'unsubscribe':
				for (const words of packet.unsubscriptions) this.#forget(words);
				return this.wire.send(unsuback(packet.messageId ?? 0));
			default:
				return this.wire.end(); // DISCONNECT, or what a phone may not send
		}
	}

	#subscribe({ messageId, subscriptions }: Packet & { cmd: 'subscribe' }): void {
		const asked = subscriptions.map(({ topic, qos }) => this.#join(topic, qos > 0 ? 1 : 0));
		this.wire.send(suback(messageId ?? 0, asked));
		for (const [i, { topic }] of subscriptions.entries()) {
			const qos = asked[i];
			if (qos !== 0 && qos !== 1) continue;
			this.#retained ??= [];
			// Who asks for the same again and again without reading gets the last only.
			if (this.#retained.length >= this.#phones.limits.filters) this.#retained.shift();
			this.#retained.push({ qos, messages: this.#phones.retained.match(topic) });
		}
		this.drained();
	}

	/** The granted QoS, or 0x80. */
	#join(words: string, qos: 0 | 1): number {
		const { subscriptions, limits } = this.#phones;
		const known = maySubscribe(PHONE, words) ? subscriptions.find(words) : undefined;
		const mine = known !== undefined && this.#filters.includes(known);
		if (!mine && (!maySubscribe(PHONE, words) || this.#filters.length >= limits.filters)) {
			this.#phones.refusedSubscriptions++;
			return REFUSED;
		}
		const filter = known ?? subscriptions.at(words);
		if (!mine) this.#filters.push(filter);
		subscriptions.add(filter, this, qos);
		return qos;
	}

	#forget(words: string): void {
		const filter = this.#phones.subscriptions.find(words);
		const at = filter ? this.#filters.indexOf(filter) : -1;
		if (!filter || at < 0) return;
		this.#filters.splice(at, 1);
		this.#phones.subscriptions.remove(filter, this);
	}

	/** Goes on with the retained messages as far as the phone keeps reading. */
	drained(): void {
		while (this.#retained && !this.wire.busy && !this.wire.over) {
			const [first] = this.#retained;
			const next = first?.messages.next();
			if (!first || !next || next.done) {
				this.#retained.shift();
				if (this.#retained.length === 0) this.#retained = undefined;
				continue;
			}
			const { topic, payload, qos } = next.value;
			const id = qos > 0 && first.qos > 0 ? this.nextId() : undefined;
			this.wire.send(publish(topic, payload, true, id));
		}
	}
}

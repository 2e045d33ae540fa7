import { Readable } from 'node:stream';
import type { Aedes, Client, PublishPacket } from 'aedes';
import type { Retained } from './retained.ts';

// What Aedes lets one replace but does not declare in its types.
interface Internals {
	mq: { emit(packet: PublishPacket, done: () => void): unknown };
	persistence: {
		storeRetained: (packet: PublishPacket) => PromiseLike<void>;
		createRetainedStreamCombi: (filters: string[]) => Readable;
		addSubscriptions: (client: Client, subscriptions: unknown[]) => PromiseLike<void>;
		subscriptionsByTopic: (topic: string) => PromiseLike<unknown[]>;
		outgoingEnqueueCombi: (subscriptions: unknown[], packet: unknown) => PromiseLike<void>;
	};
}

/**
 * Puts our store of retained messages in place of Aedes' own, calls `deliver` for every message published, and keeps a
 * publisher from waiting for those who read.
 */
export function keepInOwnStore(
	aedes: Aedes,
	retained: Retained,
	deliver: (packet: PublishPacket) => void
): void {
	const internals = aedes as unknown as Internals;
	const { persistence } = internals;
	persistence.storeRetained = (packet) => {
		// A copy: what arrived is a slice of a larger piece, which it would keep in memory.
		retained.set(packet.topic, Buffer.from(packet.payload), packet.qos);
		return now(undefined);
	};
	// Nobody has a kept session, as a rule: then there is nothing to look up for each message.
	let kept = false;
	const { addSubscriptions, subscriptionsByTopic, outgoingEnqueueCombi } = persistence;
	persistence.addSubscriptions = (client, subscriptions) => {
		kept = true;
		return addSubscriptions.call(persistence, client, subscriptions);
	};
	persistence.subscriptionsByTopic = (topic) =>
		kept ? subscriptionsByTopic.call(persistence, topic) : now([]);
	persistence.outgoingEnqueueCombi = (subscriptions, packet) =>
		subscriptions.length > 0
			? outgoingEnqueueCombi.call(persistence, subscriptions, packet)
			: now(undefined);
	persistence.createRetainedStreamCombi = (filters) => Readable.from(found(retained, filters));
	const emit = internals.mq.emit.bind(internals.mq);
	internals.mq.emit = (packet, done) => {
		deliver(packet);
		emit(packet, () => {});
		// The publisher waits for nobody who reads slowly: the cap bounds what waits.
		setImmediate(done);
	};
}

/**
 * Done already, and said at once: through promises a message with QoS 0 would overtake an earlier retained one of the same
 * sender and topic [MQTT-4.6.0-6].
 */
const now = <T>(value: T) =>
	({ then: (done: (value: T) => unknown) => done(value) }) as PromiseLike<T>;

function* found(retained: Retained, filters: readonly string[]) {
	for (const filter of filters)
		for (const { topic, payload, qos } of retained.match(filter))
			yield { cmd: 'publish', topic, payload, qos, retain: true };
}

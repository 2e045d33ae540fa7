import { setTimeout as pause } from 'node:timers/promises';
import { PREFIX } from '../../src/lib/topics.ts';
import type { Log } from '../log.ts';
import { dial, openLink, type Address, type Link } from './link.ts';
import type { FromBroker } from './packets.ts';
import type { Accept } from './port.ts';

export interface ReceiveOptions {
	mqtt: Address & { shareGroup: string | undefined };
	/** Names the kept session: the same for the same process after a restart, another for each process. */
	instance: string;
	accept: Accept;
	log: Log;
	signal: AbortSignal;
	maxInFlight?: number;
	/** Called at each change of the connection. */
	onConnection?: (connected: boolean) => void;
}

const MAX_IN_FLIGHT = 2_000; // at 1,000 readings/s, two seconds of a slow disk before the broker keeps the rest
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
const GOOD_MS = 500;
const STOP_MS = 5_000;
const RAW = `${PREFIX}/raw/+/+`;

/**
 * Takes raw messages from an external broker until `signal` aborts. The session is kept by the broker and a message is
 * acknowledged only once `accept` resolved, so what we have not made durable comes again: after a reconnection, a restart,
 * a crash. Where `accept` rejects, the connection is ended and made again after a pause, for the broker repeats only then.
 */
export async function receiveRaw(options: ReceiveOptions): Promise<void> {
	const { mqtt, instance, log, signal, onConnection } = options;
	let retry = RETRY_FIRST_MS;
	while (!signal.aborted) {
		try {
			const link = await openLink(dial(mqtt), {
				clientId: `capitoul-intake-${instance}`,
				clean: false,
				...(mqtt.username !== undefined && { username: mqtt.username }),
				password: mqtt.password
			});
			onConnection?.(true);
			log.info({ sessionPresent: link.sessionPresent }, 'raw messages: connected');
			const since = performance.now();
			await session(link, options);
			// One that lasted was a good one: only a connection that ends as soon as it is made is waited longer for.
			if (performance.now() - since > GOOD_MS) retry = RETRY_FIRST_MS;
			if (!signal.aborted) log.warn('raw messages: connection lost');
		} catch (error) {
			log.warn({ error }, 'raw messages: no connection');
		}
		onConnection?.(false);
		await pause(retry, undefined, { signal }).catch(() => {});
		retry = Math.min(retry * 2, RETRY_MOST_MS);
	}
}

/** One connection, from its subscription to its end. */
async function session(
	link: Link,
	{ mqtt, accept, log, signal, maxInFlight = MAX_IN_FLIGHT }: ReceiveOptions
): Promise<void> {
	let inFlight = 0;
	let stopped = false;
	const { promise: idle, resolve: markIdle } = Promise.withResolvers<void>();

	const done = () => {
		inFlight--;
		if (!stopped && inFlight === maxInFlight - 1) link.resume();
		if (stopped && inFlight === 0) markIdle();
	};
	const onPacket = (packet: FromBroker) => {
		if (packet.cmd === 'suback' && packet.granted.includes(0x80)) {
			log.error('the broker refuses the raw messages to this account');
			link.destroy();
		}
		if (packet.cmd !== 'publish' || stopped) return;
		const { topic, payload, messageId } = packet;
		inFlight++;
		accept(topic, payload).then(
			() => {
				if (messageId !== undefined) link.send({ cmd: 'puback', messageId });
				done();
			},
			(error: unknown) => {
				log.warn({ error, topic }, 'a raw message could not be kept: asking for it again');
				link.destroy();
				done();
			}
		);
		if (inFlight >= maxInFlight) link.pause();
	};
	// A session kept from before MQTT_SHARE_GROUP was set would get every message besides its share.
	if (mqtt.shareGroup !== undefined && link.sessionPresent)
		link.send({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [RAW] });
	const topic = mqtt.shareGroup === undefined ? RAW : `$share/${mqtt.shareGroup}/${RAW}`;
	link.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
	link.onPacket(onPacket);

	const { promise: aborted, resolve } = Promise.withResolvers<void>();
	const stop = () => resolve();
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop, { once: true });
	await Promise.race([link.closed, aborted]);
	signal.removeEventListener('abort', stop);
	// What is being kept is still acknowledged; what comes now stays with the broker.
	stopped = true;
	link.pause();
	if (inFlight > 0) {
		const late = new AbortController();
		const limit = pause(STOP_MS, undefined, { signal: late.signal }).catch(() => {});
		await Promise.race([idle, limit]);
		late.abort();
	}
	link.resume();
	await link.end();
}

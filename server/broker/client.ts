import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { MqttClient, connect, type IClientOptions } from 'mqtt';
import { AppError } from '../../src/lib/errors.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { EmbeddedBroker } from './embedded.ts';
import { matches } from './filters.ts';
import type { Broker, Message } from './port.ts';
import type { ServiceName } from './rights.ts';

export interface ConnectOptions {
	mqtt: Pick<Config['mqtt'], 'url' | 'username' | 'password' | 'ca'>;
	/** The broker of this process; undefined: the one at `mqtt.url`. */
	embedded?: EmbeddedBroker | undefined;
	account: ServiceName;
	will?: { topic: string; payload: string; qos: 0 | 1; retain: boolean };
	log: Log;
	/** Stops waiting for the first connection. */
	signal?: AbortSignal;
	/** How long a publish waits for its acknowledgement. */
	patienceMs?: number;
}

interface Subscription {
	filter: string;
	qos: 0 | 1;
	onMessage: (message: Message) => void;
}

// Publishes that wait at once: at 1,000 a second and 10 s of patience, all that can be waiting.
const MAX_WAITING = 10_000;
const PATIENCE_MS = 10_000;
const CLOSE_MS = 2_000;
const RETAINED_QUIET_MS = 300;
const RETAINED_MOST_MS = 10_000;

/**
 * Connects a service to the broker, embedded or external, and keeps it connected: subscriptions are made again after each
 * reconnection. Resolves at the first connection, however long that takes; rejects when `signal` aborts first.
 */
export async function connectBroker(options: ConnectOptions): Promise<Broker> {
	const { embedded, account, will, log, signal, patienceMs = PATIENCE_MS } = options;
	signal?.throwIfAborted();
	const common: IClientOptions = {
		protocolVersion: 4,
		clean: true,
		clientId: `${account}-${crypto.randomUUID().slice(0, 8)}`,
		resubscribe: false, // done here, one by one
		reconnectPeriod: 500,
		queueQoSZero: false,
		...(will && { will: { ...will, payload: Buffer.from(will.payload) } })
	};
	const client = embedded
		? new MqttClient(() => embedded.stream(account), { ...common, keepalive: 0 })
		: connect(String(options.mqtt.url), { ...common, ...credentials(options.mqtt), keepalive: 30 });

	const subscriptions: Subscription[] = [];
	const listeners: ((connected: boolean) => void)[] = [];
	let waiting = 0;
	let reason = '';

	client.on('message', (topic, payload, packet) => {
		const message = { topic, payload, retained: packet.retain };
		for (const { filter, onMessage } of subscriptions)
			if (matches(filter, topic)) onMessage(message);
	});
	const ask = ({ filter, qos }: Pick<Subscription, 'filter' | 'qos'>) =>
		new Promise<void>((resolve, reject) =>
			client.subscribe(filter, { qos }, (error, granted) => {
				if (error) reject(unavailable(error.message));
				else if (granted?.some((grant) => grant.qos === 128))
					reject(new AppError('topic_forbidden', `${account} may not read ${filter}`));
				else resolve();
			})
		);
	let up = false;
	let told = false;
	client.on('connect', () => {
		up = true;
		told = false;
		log.info({ account }, 'broker connected');
		for (const subscription of subscriptions)
			ask(subscription).catch((error: unknown) => log.warn({ error, account }, 'subscription'));
		for (const listener of listeners) listener(true);
	});
	client.on('close', () => {
		if (!up && !told && !client.disconnecting) {
			told = true; // once: it is tried again twice a second
			log.warn({ account, reason }, 'broker not reached, trying again');
		}
		if (!up) return;
		up = false;
		told = true;
		if (client.disconnecting) return; // we left
		log.warn({ account, reason }, 'broker lost');
		for (const listener of listeners) listener(false);
	});
	client.on('error', (error) => (reason = error.message));

	await new Promise<void>((resolve, reject) => {
		const stop = () => {
			client.end(true);
			reject(unavailable(`${reason || 'no connection'}; stopped waiting`));
		};
		signal?.addEventListener('abort', stop, { once: true });
		client.once('connect', () => {
			signal?.removeEventListener('abort', stop);
			resolve();
		});
	});

	const subscribe: Broker['subscribe'] = async (filter, onMessage, { qos = 0 } = {}) => {
		subscriptions.push({ filter, qos, onMessage });
		await ask({ filter, qos });
	};

	return {
		async publish(topic, payload, { qos = 0, retain = false } = {}) {
			if (!client.connected && qos === 0) throw unavailable(reason || 'not connected');
			if (waiting >= MAX_WAITING) throw unavailable(`${waiting} publishes wait already`);
			waiting++;
			try {
				await new Promise<void>((resolve, reject) => {
					const timer = setTimeout(
						() => reject(unavailable(`no acknowledgement in ${patienceMs} ms`)),
						patienceMs
					);
					client.publish(topic, payload, { qos, retain }, (error) => {
						clearTimeout(timer);
						if (error) reject(unavailable(error.message));
						else resolve();
					});
				});
			} finally {
				waiting--;
			}
		},
		subscribe,
		async subscribeRetained(filter, onMessage) {
			const { promise: read, resolve: done } = Promise.withResolvers<void>();
			let quiet = setTimeout(done, RETAINED_MOST_MS);
			const most = setTimeout(done, RETAINED_MOST_MS);
			const later = () => {
				clearTimeout(quiet);
				quiet = setTimeout(done, RETAINED_QUIET_MS);
			};
			await subscribe(filter, (message) => {
				if (message.retained) later();
				onMessage(message);
			});
			later();
			await read;
			clearTimeout(quiet);
			clearTimeout(most);
		},
		get connected() {
			return client.connected;
		},
		onConnection(listener) {
			listeners.push(listener);
		},
		async close() {
			// What is in flight may still be acknowledged; a broker that does not answer is not waited for.
			const hurry = new AbortController();
			await Promise.race([
				client.endAsync(!client.connected),
				pause(CLOSE_MS, undefined, { signal: hurry.signal }).catch(() => {})
			]);
			hurry.abort();
			client.stream.destroy();
		}
	};
}

const unavailable = (detail: string) => new AppError('broker_unavailable', detail);

/** Name, password and certificate authority for `MQTT_URL`, as mqtt.js takes them. */
export function credentials(mqtt: ConnectOptions['mqtt']): IClientOptions {
	return {
		...(mqtt.username !== undefined && { username: mqtt.username }),
		...(mqtt.password !== undefined && { password: mqtt.password }),
		...(mqtt.ca !== undefined && { ca: [fs.readFileSync(mqtt.ca)] })
	};
}

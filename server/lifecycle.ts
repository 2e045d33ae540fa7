import { topics } from '../src/lib/topics.ts';
import { formatTime } from '../src/lib/time.ts';
import type { Broker } from './broker/port.ts';

export const VERSION = '0.1.0';
const STATUS_EVERY_MS = 5_000;

/** What `service/{name}-{instance}/status` carries; `extra` is the service's own news (sources, counts). */
export interface ServiceStatus {
	up: boolean;
	since: string;
	t: string;
	version: string;
	[extra: string]: unknown;
}

/** Last will of a service: published by the broker when its connection breaks. */
export const will = (name: string, instance: string) => ({
	topic: topics.status(name, instance),
	payload: JSON.stringify({ up: false }),
	qos: 1 as const,
	retain: true
});

/**
 * Says every 5 s that a service is up, and at the end that it is not. Returns a function that says it again at once, for
 * news that should not wait.
 */
export function announce(
	broker: Broker,
	name: string,
	instance: string,
	signal: AbortSignal,
	extra: () => Record<string, unknown> = () => ({}),
	since = Date.now()
): () => Promise<void> {
	const topic = topics.status(name, instance);
	const say = async (up: boolean) => {
		const status: ServiceStatus = {
			up,
			since: formatTime(since),
			t: formatTime(Date.now()),
			version: VERSION,
			...extra()
		};
		// A broker out of reach is noticed by the connection itself; the next round says it again.
		await broker.publish(topic, JSON.stringify(status), { qos: 1, retain: true }).catch(() => {});
	};
	const timer = setInterval(() => void say(!signal.aborted), STATUS_EVERY_MS);
	signal.addEventListener('abort', () => clearInterval(timer), { once: true });
	void say(true);
	return () => say(!signal.aborted);
}

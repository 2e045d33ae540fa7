import type { Broker } from '../broker/port.ts';

const IN_FLIGHT = 256;
const RETRY_MS = 1_000;

/**
 * Publishes the newest form of what changed, retained, QoS 1, once per id however often it changed meanwhile. What the
 * broker did not acknowledge is tried again: `state/` always ends at what is kept. Holds ids only, so it is bounded by
 * the number of entities.
 */
export class Publisher {
	#broker: Broker;
	#payload: (id: string) => { topic: string; payload: string } | undefined;
	#dirty = new Set<string>();
	#inFlight = new Set<string>();
	#idle: (() => void)[] = [];
	#retry: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(
		broker: Broker,
		payload: (id: string) => { topic: string; payload: string } | undefined
	) {
		this.#broker = broker;
		this.#payload = payload;
	}

	get waiting(): number {
		return this.#dirty.size + this.#inFlight.size;
	}

	/** Whether a message of this id is still to be acknowledged. */
	has(id: string): boolean {
		return this.#dirty.has(id) || this.#inFlight.has(id);
	}

	add(id: string): void {
		this.#dirty.add(id);
		this.#pump();
	}

	/** Resolves once nothing waits any more. */
	drained(): Promise<void> {
		if (this.waiting === 0) return Promise.resolve();
		return new Promise((resolve) => this.#idle.push(resolve));
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#retry);
		for (const resolve of this.#idle.splice(0)) resolve();
	}

	#pump(): void {
		if (this.#closed || this.#retry) return;
		for (const id of this.#dirty) {
			if (this.#inFlight.size >= IN_FLIGHT) return;
			// One message of an id at a time, so that an older one can never arrive last.
			if (this.#inFlight.has(id)) continue;
			this.#dirty.delete(id);
			const message = this.#payload(id);
			if (!message) continue;
			this.#inFlight.add(id);
			this.#broker.publish(message.topic, message.payload, { qos: 1, retain: true }).then(
				() => this.#done(id),
				() => {
					this.#dirty.add(id);
					this.#retry ??= setTimeout(() => {
						this.#retry = undefined;
						this.#pump();
					}, RETRY_MS);
					this.#done(id);
				}
			);
		}
		if (this.waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
	}

	#done(id: string): void {
		this.#inFlight.delete(id);
		this.#pump();
	}
}

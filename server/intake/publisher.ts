import type { Broker } from '../broker/port.ts';

const IN_FLIGHT = 256;
const RETRY_MS = 1_000;
/**
 * Under load (more than `BUSY` different ids in a window) an id is told once a window: what is superseded within a quarter
 * of a second nobody would have seen. In quiet times nothing waits.
 */
const WINDOW_MS = 250;
const BUSY = 200;

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
	/** Told in this window. */
	#told = new Set<string>();
	/** Told in this window, and changed since: for the next. */
	#later = new Set<string>();
	#window: NodeJS.Timeout | undefined;
	/** What was told last, by id: a broker sends it back to us too. */
	#last = new Map<string, string>();
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
		return this.#dirty.size + this.#inFlight.size + this.#later.size;
	}

	/** Whether a message of this id is still to be acknowledged. */
	has(id: string): boolean {
		return this.#dirty.has(id) || this.#inFlight.has(id) || this.#later.has(id);
	}

	/** Whether this is what was told last of an id. */
	told(id: string, payload: Buffer): boolean {
		const last = this.#last.get(id);
		return last !== undefined && payload.length >= last.length && payload.toString() === last;
	}

	add(id: string): void {
		if (this.#told.size >= BUSY && this.#told.has(id)) {
			this.#later.add(id);
			return;
		}
		this.#dirty.add(id);
		this.#pump();
	}

	#mark(id: string): void {
		this.#told.add(id);
		this.#window ??= setTimeout(() => {
			this.#window = undefined;
			this.#told.clear();
			for (const waiting of this.#later) this.#dirty.add(waiting);
			this.#later.clear();
			this.#pump();
		}, WINDOW_MS);
	}

	/** Resolves once nothing waits any more. */
	drained(): Promise<void> {
		if (this.waiting === 0) return Promise.resolve();
		return new Promise((resolve) => this.#idle.push(resolve));
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#retry);
		clearTimeout(this.#window);
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
			this.#mark(id);
			if (message.payload === '') this.#last.delete(id);
			else this.#last.set(id, message.payload);
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

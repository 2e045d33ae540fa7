import { network } from '../limits/network.ts';

/** Limits of the embedded broker (CONTRACT 2). */
export interface Limits {
	publishesPerSecond: number;
	connectsPerMinute: number;
	openPerAddress: number;
	filters: number;
	packetBytes: number;
	servicePacketBytes: number;
	/** A connection that has not sent its CONNECT by then is closed. */
	connectMs: number;
	/** A signed-in client that reads nothing for so long, while something waits for it, is cut. */
	drainMs: number;
}

export const LIMITS: Limits = {
	publishesPerSecond: 5_000,
	connectsPerMinute: 300,
	openPerAddress: 1_000,
	filters: 64,
	packetBytes: 64 * 1_024,
	servicePacketBytes: 256 * 1_024,
	connectMs: 10_000,
	drainMs: 10_000
};

interface Address {
	open: number;
	/** Connects of the running minute. */
	connects: number;
	since: number;
}

/** Counts connections per address, so that one address cannot take what all share. */
export class AddressLimits {
	readonly #limits: Pick<Limits, 'connectsPerMinute' | 'openPerAddress'>;
	readonly #now: () => number;
	readonly #seen = new Map<string, Address>();

	constructor(
		limits: Pick<Limits, 'connectsPerMinute' | 'openPerAddress'>,
		now: () => number = () => performance.now()
	) {
		this.#limits = limits;
		this.#now = now;
	}

	/** Whether one more connection from there is let in. If so, `left` must be called at its end. */
	enter(from: string): boolean {
		const address = network(from);
		const now = this.#now();
		let at = this.#seen.get(address);
		if (!at) {
			this.#forget(now);
			this.#seen.set(address, (at = { open: 0, connects: 0, since: now }));
		}
		if (now - at.since >= MINUTE) {
			at.since = now;
			at.connects = 0;
		}
		if (at.connects >= this.#limits.connectsPerMinute) return false;
		at.connects++;
		if (at.open >= this.#limits.openPerAddress) return false;
		at.open++;
		return true;
	}

	left(from: string): void {
		const at = this.#seen.get(network(from));
		if (at) at.open--;
	}

	#forget(now: number): void {
		if (this.#seen.size < MANY) return;
		for (const [address, { open, since }] of this.#seen)
			if (open <= 0 && now - since >= MINUTE) this.#seen.delete(address);
	}
}
const MINUTE = 60_000;
const MANY = 10_000;

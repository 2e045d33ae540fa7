/** What a client may send: bytes of one packet, publishes per second. */
export interface InletLimits {
	packetBytes: number;
	publishesPerSecond: number;
}

const PUBLISH = 3;

/**
 * Watches the bytes of one client on their way in, without copying them: where packets begin, how long they are, how many
 * are publishes. So that a length of 256 MB is refused when it is announced, not once it is in memory.
 */
export class Inlet {
	limits: InletLimits;
	#skip = 0;
	#inHead = false;
	#type = 0;
	#length = 0;
	#shift = 0;
	#tokens: number;
	#filled = 0;

	constructor(limits: InletLimits) {
		this.limits = limits;
		this.#tokens = limits.publishesPerSecond;
	}

	/**
	 * Reads on. Returns how many milliseconds to stop reading for (0: go on), or undefined where a packet is too large or
	 * its length is malformed [MQTT-2.2.3].
	 */
	inspect(chunk: Buffer, now: number): number | undefined {
		let publishes = 0;
		let at = 0;
		while (at < chunk.length) {
			if (this.#skip > 0) {
				const step = Math.min(this.#skip, chunk.length - at);
				this.#skip -= step;
				at += step;
				continue;
			}
			const byte = chunk[at++] ?? 0;
			if (!this.#inHead) {
				this.#inHead = true;
				this.#type = byte >> 4;
				this.#length = 0;
				this.#shift = 0;
				if (this.#type === PUBLISH) publishes++;
				continue;
			}
			if (this.#shift > 21) return undefined;
			this.#length |= (byte & 0x7f) << this.#shift;
			this.#shift += 7;
			if (byte & 0x80) continue;
			if (this.#length > this.limits.packetBytes) return undefined;
			this.#inHead = false;
			this.#skip = this.#length;
		}
		return this.#wait(publishes, now);
	}

	/** A bucket that holds one second's allowance; what is overdrawn is waited for. */
	#wait(publishes: number, now: number): number {
		const { publishesPerSecond: rate } = this.limits;
		const earned = ((now - this.#filled) / 1_000) * rate;
		this.#tokens = Math.min(rate, this.#tokens + earned) - publishes;
		this.#filled = now;
		return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / rate) * 1_000);
	}
}

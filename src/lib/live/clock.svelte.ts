/** How old the youngest shown thing may be for its age to be counted in seconds. */
const YOUNG_MS = 60_000;
const FAST_MS = 1_000;
const SLOW_MS = 15_000;
/** A phone's clock is believed within this: less is the network's delay, more would make every age wrong. */
const TRUSTED_MS = 30_000;

/**
 * The time every age on screen is counted from. It ticks each second while something younger than a minute is shown
 * (whoever shows an age asks `since`), else every 15 s, and stops with a hidden tab. Where the phone's own clock is off by
 * more than 30 s, the server's time stands in its place.
 */
export class Clock {
	/** Ms since 1970, server's time. */
	now = $state(Date.now());
	#offset = 0;
	#young = false;
	#running = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#due = 0;

	/** Ms since `observed`; asking makes the clock tick by the second while that is less than a minute. */
	since(observed: number): number {
		const age = this.now - observed;
		if (age < YOUNG_MS) {
			this.#young = true;
			if (this.#running && this.#due - performance.now() > FAST_MS) this.#plan(FAST_MS);
		}
		return age;
	}

	/** The server said it is `server` (ms) now; its words are whole seconds, and took a moment to come. */
	correct(server: number): void {
		const off = server - Date.now();
		const offset = Math.abs(off) > TRUSTED_MS ? off : 0;
		// Small differences between two corrections are the network's: following them would make ages jump.
		if (Math.abs(offset - this.#offset) < 2_000) return;
		this.#offset = offset;
		this.tick();
	}

	/** Server's time now, ticking or not. */
	read(): number {
		return Date.now() + this.#offset;
	}

	tick(): void {
		this.now = this.read();
	}

	start(): void {
		this.#running = true;
		this.#round();
	}

	stop(): void {
		this.#running = false;
		clearTimeout(this.#timer);
	}

	#round(): void {
		this.#young = false;
		this.tick();
		// What this tick makes the screen ask for is known only after it was drawn.
		this.#plan(this.#young ? FAST_MS : SLOW_MS);
	}

	#plan(ms: number): void {
		clearTimeout(this.#timer);
		this.#due = performance.now() + ms;
		this.#timer = setTimeout(() => this.#round(), ms);
	}
}

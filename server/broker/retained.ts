/** A message the broker keeps for later subscribers. */
export interface RetainedMessage {
	topic: string;
	payload: Buffer;
	qos: 0 | 1 | 2;
}

interface Level {
	below: Map<string, Level> | undefined;
	message: RetainedMessage | undefined;
}

const level = (): Level => ({ below: undefined, message: undefined });

/**
 * The retained messages, as a tree of topic levels: « live/+/{cell} » looks at one cell of each layer, however large the
 * city is. (Aedes' own store reads all of them for each filter of each subscriber.)
 */
export class Retained {
	readonly #root = level();
	#size = 0;

	get size(): number {
		return this.#size;
	}

	/** An empty payload removes [MQTT-3.3.1-10]. */
	set(topic: string, payload: Buffer, qos: 0 | 1 | 2): void {
		const levels = topic.split('/');
		if (payload.length === 0) {
			this.#remove(this.#root, levels, 0);
			return;
		}
		let at = this.#root;
		for (const name of levels) {
			at.below ??= new Map();
			let next = at.below.get(name);
			if (next === undefined) at.below.set(name, (next = level()));
			at = next;
		}
		if (at.message === undefined) this.#size++;
		at.message = { topic, payload, qos };
	}

	/** True when `at` itself is empty afterwards. */
	#remove(at: Level, levels: readonly string[], depth: number): void {
		const name = levels[depth];
		if (name === undefined) {
			if (at.message !== undefined) this.#size--;
			at.message = undefined;
			return;
		}
		const next = at.below?.get(name);
		if (next === undefined) return;
		this.#remove(next, levels, depth + 1);
		if (next.message === undefined && next.below === undefined) {
			at.below?.delete(name);
			if (at.below?.size === 0) at.below = undefined;
		}
	}

	/** The messages a new subscription gets. May be read slowly: what changes meanwhile is seen or not, never twice. */
	match(filter: string): Generator<RetainedMessage> {
		return walk(this.#root, filter.split('/'), 0);
	}
}

function* walk(at: Level, filter: readonly string[], depth: number): Generator<RetainedMessage> {
	const name = filter[depth];
	if (name === undefined) {
		if (at.message) yield at.message;
	} else if (name === '#') {
		if (at.message) yield at.message;
		for (const [key, next] of at.below ?? [])
			if (depth > 0 || !key.startsWith('$')) yield* walk(next, filter, depth);
	} else if (name === '+') {
		for (const [key, next] of at.below ?? [])
			if (depth > 0 || !key.startsWith('$')) yield* walk(next, filter, depth + 1);
	} else {
		const next = at.below?.get(name);
		if (next) yield* walk(next, filter, depth + 1);
	}
}

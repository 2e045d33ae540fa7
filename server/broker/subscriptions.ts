/** A topic filter somebody has subscribed to, or a level on the way to one. Shared by all its subscribers. */
export interface Filter<T> {
	readonly name: string;
	readonly above: Filter<T> | undefined;
	below: Map<string, Filter<T>> | undefined;
	// Plain lists: a set of its own for each cell and phone would cost more than all else of a phone.
	qos0: T[];
	qos1: T[];
}

const NONE: never[] = [];

/** Who has subscribed to what, as a tree of topic levels. */
export class Subscriptions<T> {
	readonly #root: Filter<T> = this.#filter('', undefined);

	#filter(name: string, above: Filter<T> | undefined): Filter<T> {
		return { name, above, below: undefined, qos0: NONE, qos1: NONE };
	}

	/** The filter of these words, made if need be. */
	at(words: string): Filter<T> {
		let at = this.#root;
		for (const name of words.split('/')) {
			at.below ??= new Map();
			let next = at.below.get(name);
			if (!next) at.below.set(name, (next = this.#filter(name, at)));
			at = next;
		}
		return at;
	}

	/** The filter of these words if somebody has it. */
	find(words: string): Filter<T> | undefined {
		let at: Filter<T> | undefined = this.#root;
		for (const name of words.split('/')) at = at?.below?.get(name);
		return at;
	}

	add(filter: Filter<T>, who: T, qos: 0 | 1): void {
		const list = qos === 0 ? filter.qos0 : filter.qos1;
		if (list.includes(who)) return;
		without(qos === 0 ? filter.qos1 : filter.qos0, who);
		if (list !== NONE) list.push(who);
		else if (qos === 0) filter.qos0 = [who];
		else filter.qos1 = [who];
	}

	remove(filter: Filter<T>, who: T): void {
		without(filter.qos0, who);
		without(filter.qos1, who);
		let at = filter;
		while (at.above && at.below === undefined && at.qos0.length === 0 && at.qos1.length === 0) {
			at.above.below?.delete(at.name);
			if (at.above.below?.size === 0) at.above.below = undefined;
			at = at.above;
		}
	}

	/** The filters that match a topic. */
	match(topic: string): Filter<T>[] {
		const found: Filter<T>[] = [];
		walk(this.#root, topic.split('/'), 0, found);
		return found;
	}
}

function without<T>(list: T[], who: T): void {
	const at = list.indexOf(who);
	if (at < 0) return;
	const end = list.pop();
	if (end !== undefined && at < list.length) list[at] = end;
}

function walk<T>(at: Filter<T>, topic: readonly string[], depth: number, found: Filter<T>[]): void {
	const { below } = at;
	const name = topic[depth];
	// « a/# » matches « a » too [4.7.1.2]; a first level that starts with « $ » matches no wildcard [MQTT-4.7.2-1].
	const wild = depth > 0 || !name?.startsWith('$');
	const rest = wild ? below?.get('#') : undefined;
	if (rest) found.push(rest);
	if (name === undefined) {
		found.push(at);
		return;
	}
	if (!below) return;
	const next = below.get(name);
	if (next) walk(next, topic, depth + 1, found);
	const one = wild ? below.get('+') : undefined;
	if (one) walk(one, topic, depth + 1, found);
}

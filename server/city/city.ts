import type { Bbox } from '../../src/lib/geo.ts';
import { inside } from '../../src/lib/geo.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { readState, type Entity } from '../../src/lib/layers/entity.ts';
import { levels } from '../../src/lib/topics.ts';
import type { Message } from '../broker/port.ts';
import type { Log } from '../log.ts';

/** How many changes and removals are kept to answer `since`; an older cursor gets the whole city with `reset`. */
const KEPT_REMOVALS = 20_000;

export interface Changes {
	/** Entities that changed after the cursor, or all of them where `reset`. */
	entities: Entity[];
	removed: string[];
	cursor: string;
	reset: boolean;
}

/**
 * The one picture of the city a process holds, built from retained `state/` whether the broker is in the same process or
 * across a network. Reads are synchronous; nothing here is written by anyone but `take`.
 */
export class City {
	#register: Register;
	#log: Log;
	#entities = new Map<string, Entity>();
	/** Per id, the number of the change that last touched it. */
	#changed = new Map<string, number>();
	#removed = new Map<string, number>();
	#change = 0;
	/** Removals before this one are forgotten. */
	#floor = 0;
	/** Names this picture: a cursor of another process or run cannot be honoured. */
	#epoch: string;
	#listeners = new Set<(id: string, entity: Entity | undefined) => void>();

	constructor(register: Register, log: Log, epoch: string = crypto.randomUUID().slice(0, 8)) {
		this.#register = register;
		this.#log = log;
		this.#epoch = epoch;
	}

	get size(): number {
		return this.#entities.size;
	}

	get cursor(): string {
		return `${this.#epoch}.${this.#change}`;
	}

	get(id: string): Entity | undefined {
		return this.#entities.get(id);
	}

	/** All entities in order of id, filtered by layer and box; one without a position is in no box. */
	list(filter: { layer?: string | undefined; bbox?: Bbox | undefined } = {}): Entity[] {
		const { layer, bbox } = filter;
		const found: Entity[] = [];
		for (const entity of this.#entities.values()) {
			if (layer !== undefined && entity.layer !== layer) continue;
			if (bbox && !(entity.location && inside(entity.location, bbox))) continue;
			found.push(entity);
		}
		return found.sort((a, b) => (a.id < b.id ? -1 : 1));
	}

	/** What arrived after `cursor` in the whole city. */
	since(cursor: string): Changes {
		const [epoch, number] = cursor.split('.');
		const from = Number(number);
		const known =
			epoch === this.#epoch &&
			Number.isInteger(from) &&
			from >= this.#floor &&
			from <= this.#change;
		if (!known) return { entities: this.list(), removed: [], cursor: this.cursor, reset: true };
		const entities = this.list().filter(({ id }) => (this.#changed.get(id) ?? 0) > from);
		const removed = [...this.#removed].filter(([, at]) => at > from).map(([id]) => id);
		return { entities, removed, cursor: this.cursor, reset: false };
	}

	/** Calls `listener` after each change; `undefined` is a removal. Returns what stops it. */
	onChange(listener: (id: string, entity: Entity | undefined) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Takes one `state/` message. An older version of what is known is left aside, whatever the order of arrival. */
	take({ topic, payload }: Pick<Message, 'topic' | 'payload'>): void {
		const [kind, layerId = '', id = ''] = levels(topic) ?? [];
		const layer = this.#register.get(layerId);
		if (kind !== 'state' || !layer || id === '') return;
		if (payload.length === 0) return this.#remove(id);
		let entity: Entity;
		try {
			entity = readState(layer, id, JSON.parse(payload.toString('utf8')));
		} catch (error) {
			this.#log.warn({ topic, err: error }, 'state message left aside');
			return;
		}
		const known = this.#entities.get(id);
		if (known && known.received > entity.received) return;
		this.#entities.set(id, entity);
		this.#changed.set(id, ++this.#change);
		this.#removed.delete(id);
		for (const listener of this.#listeners) listener(id, entity);
	}

	#remove(id: string): void {
		if (!this.#entities.delete(id)) return;
		this.#changed.delete(id);
		this.#removed.set(id, ++this.#change);
		if (this.#removed.size > KEPT_REMOVALS) {
			const [oldest] = this.#removed;
			if (oldest) {
				this.#removed.delete(oldest[0]);
				this.#floor = oldest[1];
			}
		}
		for (const listener of this.#listeners) listener(id, undefined);
	}
}

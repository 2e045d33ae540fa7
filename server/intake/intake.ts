import { AppError, type ErrorCode } from '../../src/lib/errors.ts';
import type { Position } from '../../src/lib/geo.ts';
import { readState, toState, type Entity } from '../../src/lib/layers/entity.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { levels, PREFIX, topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import type { SimulatorMode } from '../config.ts';
import type { Log } from '../log.ts';
import type { Reading } from '../history/store.ts';
import type { Journal } from './journal.ts';
import { addsTo, mergeEntities, mergePatch, type Kept } from './merge.ts';
import { AGE_SECONDS, Durations, DurationsBy, WORK_SECONDS } from '../ops/durations.ts';
import { deadLetter } from './dead.ts';
import { Publisher } from './publisher.ts';
import { readRaw, type Patch } from './raw.ts';

interface Deps {
	register: Register;
	journal: Journal;
	clock: () => number;
	log: Log;
	simulator: SimulatorMode;
	/** The district a place lies in: history keeps it beside the readings. */
	district?: (at: Position) => string | undefined;
}

/** What the intake counted since its start, for metrics. */
export interface IntakeCounters {
	accepted: number;
	unchanged: number;
	clock: number;
	removed: number;
	refused: Partial<Record<ErrorCode, number>>;
}

/**
 * Raw messages in, the one picture of the city out. A message is done (`accept` resolves) only after its change is on
 * the disk, so that a crash makes the sender repeat it, and a repeat writes the same point. A message that cannot be
 * read goes to `dead/` with a code and counts as done: it would never become readable.
 */
export class Intake {
	readonly counters: IntakeCounters = {
		accepted: 0,
		unchanged: 0,
		clock: 0,
		removed: 0,
		refused: {}
	};
	/** How old readings are when they come, by layer: the way from the sensor to us. */
	readonly ages = new DurationsBy(AGE_SECONDS);
	/** From a message's arrival to its being on the disk: what its acknowledgement waits for. */
	readonly commits = new Durations(WORK_SECONDS);
	#d: Deps;
	#entities = new Map<string, Kept>();
	/** Removed ids whose retained state may still stand somewhere. */
	#removed: Map<string, { layer: string; at: number }>;
	/** When each id's source was last heard, a repeat included. */
	#heard = new Map<string, number>();
	#publisher: Publisher | undefined;
	#broker: Broker | undefined;

	/** Reads what the journal keeps; leaves out simulated entities that the simulator's mode no longer wants. */
	constructor(deps: Deps) {
		this.#d = deps;
		const { entities, removed } = deps.journal.load();
		this.#removed = removed;
		for (const entity of entities) {
			if (!deps.register.get(entity.layer)) continue;
			this.#entities.set(entity.id, entity);
		}
	}

	get size(): number {
		return this.#entities.size;
	}

	/** Messages that never came, by the jumps of `sequence`, by layer. */
	get gaps(): ReadonlyMap<string, number> {
		const gaps = new Map<string, number>();
		for (const { layer, gaps: more } of this.#entities.values())
			gaps.set(layer, (gaps.get(layer) ?? 0) + more);
		return gaps;
	}

	/** Entities whose new state the broker has not acknowledged yet. */
	get unpublished(): number {
		return this.#publisher?.waiting ?? 0;
	}

	/** `state/` as it stood: what an embedded broker holds as retained before it listens. */
	*retained(): Generator<{ topic: string; payload: string }> {
		for (const entity of this.#entities.values()) {
			const message = this.#state(entity.id);
			if (message) yield message;
		}
	}

	/**
	 * Publishes from now on through `broker`. With `shared`, others write `state/` too (an external broker): what stands
	 * there is read first, so that nothing older is ever published over it, and what it lacks is published.
	 */
	async attach(broker: Broker, { shared }: { shared: boolean }): Promise<void> {
		this.#broker = broker;
		const publisher = new Publisher(broker, (id) => this.#state(id));
		this.#publisher = publisher;
		if (shared) {
			const standing = new Set<string>();
			await broker.subscribeRetained(`${PREFIX}/state/#`, (message) => {
				const id = this.#reconcile(message);
				if (id !== undefined) standing.add(id);
			});
			for (const id of this.#entities.keys()) if (!standing.has(id)) publisher.add(id);
		}
		await this.#removeUnwanted();
	}

	/** Takes one raw message; see `Accept`. Rejects only where it could not be written. */
	async accept(topic: string, payload: Buffer): Promise<void> {
		const { register, journal, clock } = this.#d;
		const now = clock();
		let patch: ReturnType<typeof readRaw>;
		try {
			patch = readRaw(register, topic, payload, now);
			if (!('removed' in patch)) this.#checkSource(patch, now);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			await this.#refuse(topic, payload, error);
			return;
		}
		if ('removed' in patch) return this.#remove(patch.id, patch.layer.id);

		const known = this.#entities.get(patch.id);
		const next = mergePatch(known, patch, now);
		this.#heard.set(patch.id, now);
		if (patch.clock) this.counters.clock++;
		else this.ages.add(patch.layer.id, (now - patch.observed) / 1000);
		const district = next.location && this.#d.district?.(next.location);
		const readings = readingsOf(patch, district);
		if (next === known && readings.length === 0) {
			this.counters.unchanged++;
			return journal.settled(); // the first copy may still be on its way to the disk
		}
		this.#entities.set(patch.id, next);
		try {
			await journal.write({ id: patch.id, layer: patch.layer.id, entity: next, readings });
		} catch (error) {
			// Nothing of it was kept: what was known stands again, unless a later message has replaced it.
			if (this.#entities.get(patch.id) === next) this.#restore(patch.id, known);
			throw error;
		}
		this.commits.add((clock() - now) / 1000);
		this.#removed.delete(patch.id);
		if (next === known) this.counters.unchanged++;
		else {
			this.counters.accepted++;
			this.#publisher?.add(patch.id);
		}
	}

	/** Ends publishing; what was accepted is on the disk already. */
	async close(): Promise<void> {
		await Promise.race([this.#publisher?.drained(), new Promise((r) => setTimeout(r, 2_000))]);
		this.#publisher?.close();
	}

	#restore(id: string, known: Kept | undefined): void {
		if (known) this.#entities.set(id, known);
		else this.#entities.delete(id);
	}

	/** One id has one source; another may take over only once the first has been silent until its values were dead. */
	#checkSource({ id, layer, source }: Patch, now: number): void {
		const known = this.#entities.get(id);
		if (!known?.source || source === undefined || source === known.source) return;
		const heard = this.#heard.get(id) ?? known.received;
		if (now - heard > 3 * layer.freshSeconds * 1000) return;
		throw new AppError(
			'id_collision',
			`"${known.source}" already speaks for ${id}; "${source}" may not`
		);
	}

	async #remove(id: string, layer: string): Promise<void> {
		const known = this.#entities.get(id);
		if (!known) {
			if (this.#removed.has(id)) this.#publisher?.add(id);
			return this.#d.journal.settled();
		}
		this.#entities.delete(id);
		this.#removed.set(id, { layer, at: this.#d.clock() });
		try {
			await this.#d.journal.write({ id, layer, entity: undefined, readings: [] });
		} catch (error) {
			if (!this.#entities.has(id)) this.#entities.set(id, known);
			this.#removed.delete(id);
			throw error;
		}
		this.#heard.delete(id);
		this.counters.removed++;
		this.#publisher?.add(id);
	}

	async #refuse(topic: string, payload: Buffer, error: AppError): Promise<void> {
		this.counters.refused[error.code] = (this.counters.refused[error.code] ?? 0) + 1;
		const layer = levels(topic)?.[1];
		const letter = deadLetter(topic, payload, error);
		this.#d.log.debug({ topic, code: error.code }, 'message refused');
		// A dead letter is told once and not kept: a broker out of reach must not hold the sender up.
		const known = layer !== undefined && /^[a-z0-9]{1,64}$/.test(layer) ? layer : 'unknown';
		await this.#broker?.publish(topics.dead(known), letter).catch(() => {});
	}

	/** Takes a `state/` message of another intake, or what stood before. Returns the id it named. */
	#reconcile({ topic, payload }: Message): string | undefined {
		const [, layerId = '', id = ''] = levels(topic) ?? [];
		const layer = this.#d.register.get(layerId);
		if (!layer || id === '') return undefined;
		if (payload.length === 0) {
			// Another intake removed it; what we are about to publish ourselves is the newer word.
			if (this.#entities.has(id) && !this.#publisher?.has(id)) {
				this.#entities.delete(id);
				this.#removed.set(id, { layer: layer.id, at: this.#d.clock() });
				this.#d.journal
					.write({ id, layer: layer.id, entity: undefined, readings: [] })
					.catch((error: unknown) => this.#d.log.warn({ err: error, id }, 'removal not kept'));
			}
			return id;
		}
		if (this.#publisher?.told(id, payload)) return id;
		let standing: Entity;
		try {
			standing = readState(layer, id, JSON.parse(payload.toString('utf8')));
		} catch (error) {
			this.#d.log.warn({ topic, err: error }, 'state message left aside');
			return undefined;
		}
		const gone = this.#removed.get(id);
		if (gone && gone.at >= standing.received) {
			this.#publisher?.add(id);
			return id;
		}
		const known = this.#entities.get(id);
		if (!known)
			this.#entities.set(id, { ...standing, sequence: undefined, gaps: standing.gaps ?? 0 });
		else {
			this.#entities.set(id, mergeEntities(known, standing));
			if (addsTo(known, standing)) this.#publisher?.add(id);
		}
		return id;
	}

	async #removeUnwanted(): Promise<void> {
		if (this.#d.simulator !== 'off') return;
		for (const { id, layer, simulated } of [...this.#entities.values()])
			if (simulated) await this.#remove(id, layer);
	}

	#state(id: string): { topic: string; payload: string } | undefined {
		const entity = this.#entities.get(id);
		if (entity) {
			const layer = this.#d.register.get(entity.layer);
			return layer && { topic: topics.state(layer.id, id), payload: toState(layer, entity) };
		}
		const gone = this.#removed.get(id);
		return gone && { topic: topics.state(gone.layer, id), payload: '' };
	}
}

/** The numbers of a patch that history keeps: none where the clock was wrong or the value is not a number. */
export function readingsOf(patch: Patch, district?: string): Reading[] {
	if (patch.clock) return [];
	const readings: Reading[] = [];
	const { id: entity, observed: t, values } = patch;
	const layer = patch.layer.id;
	for (const attribute in values) {
		const v = values[attribute];
		if (typeof v === 'number') readings.push({ entity, layer, attribute, t, v, district });
	}
	return readings;
}

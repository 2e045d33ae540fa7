import * as v from 'valibot';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { freshness } from '../../src/lib/layers/freshness.ts';
import { parseTime } from '../../src/lib/time.ts';
import { levels, topics } from '../../src/lib/topics.ts';
import type { Broker } from '../broker/port.ts';
import type { SourceConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Answer } from './format.ts';
import { recordId, type BadRecord, type RawRecord } from './records.ts';

const REPEAT_MS = 3_600_000; // every record at least hourly, so that whoever lost it has it again
const ABSENCES = 3; // full answers without an entity before it may be removed
const IN_FLIGHT = 32; // unacknowledged messages of one source: a slow disk holds the source back, not the memory
const DEAD_PER_ROUND = 500; // a wholly new format must not drown the dead letters of the others
const DEAD_PAYLOAD = 2_048; // the contract cuts there

interface Known {
	/** What was last published, as text. */
	text: string;
	sentAt: number;
	missed: number;
	/** Newest time of each attribute, ms. */
	times: Map<string, number>;
}

interface Deps {
	source: SourceConfig;
	layer: Layer;
	broker: Pick<Broker, 'publish' | 'subscribeRetained'>;
	clock: () => number;
	log: Log;
}

/** Publishes what one source says, and remembers what it published. */
export class Publisher {
	#deps: Deps;
	#known = new Map<string, Known>();
	/** Bad records already written off, and when. */
	#dead = new Map<string, number>();

	constructor(deps: Deps) {
		this.#deps = deps;
	}

	/**
	 * Learns from the retained `state/` what an earlier run published for this source, so that what has gone since is
	 * removed too.
	 */
	async recall(): Promise<void> {
		const { broker, layer, source } = this.#deps;
		const state = v.looseObject({ source: v.literal(source.id), dateObserved: v.string() });
		let recalling = true;
		await broker.subscribeRetained(topics.state(layer.id, '+'), ({ topic, payload }) => {
			const id = levels(topic)?.[2];
			if (!recalling || id === undefined || this.#known.has(id) || payload.length === 0) return;
			try {
				const read = v.safeParse(state, JSON.parse(payload.toString('utf8')));
				if (!read.success) return;
				const times = timesOf([{ id, patch: read.output }], layer);
				this.#known.set(id, { text: '', sentAt: 0, missed: 0, times });
			} catch {
				// Not a state of ours; whoever keeps the picture of the city says so.
			}
		});
		recalling = false;
	}

	/**
	 * Publishes each record that changed since it was last published, its time included, or was not for an hour; one dead
	 * letter for each bad record; and removes what three full answers did not hold and is dead. Resolves with how many
	 * records could be read, once everything is acknowledged; what the broker did not take is tried in the next round.
	 */
	async publish({ records, bad, full }: Answer): Promise<number> {
		const { layer } = this.#deps;
		const good = new Map<string, RawRecord[]>();
		const refused = [...bad];
		for (const record of records) {
			const checked = v.safeParse(layer.schema, record.patch);
			if (checked.success) good.set(record.id, [...(good.get(record.id) ?? []), record]);
			else refused.push(outOfRange(record, checked.issues));
		}
		const jobs: (() => Promise<void>)[] = [];
		for (const [id, patches] of good) {
			const job = this.#changed(id, patches);
			if (job) jobs.push(job);
		}
		jobs.push(...this.#deadLetters(refused), ...this.#removals(good, refused, full));
		await this.#all(jobs);
		return good.size;
	}

	#changed(id: string, patches: readonly RawRecord[]): (() => Promise<void>) | undefined {
		const { clock, broker, layer } = this.#deps;
		const known = this.#known.get(id);
		if (known) known.missed = 0;
		// A list that moved between two of its pages holds a record twice.
		const payloads = [...new Set(patches.map(({ patch }) => JSON.stringify(patch)))];
		const text = payloads.join('\n');
		const now = clock();
		if (known?.text === text && now - known.sentAt < REPEAT_MS) return undefined;
		return async () => {
			for (const payload of payloads)
				await broker.publish(topics.raw(layer.id, id), payload, { qos: 1 });
			this.#known.set(id, { text, sentAt: now, missed: 0, times: timesOf(patches, layer) });
		};
	}

	#deadLetters(bad: readonly BadRecord[]): (() => Promise<void>)[] {
		const { clock, broker, layer, source, log } = this.#deps;
		const now = clock();
		for (const [text, at] of this.#dead) if (now - at >= REPEAT_MS) this.#dead.delete(text);
		const jobs: (() => Promise<void>)[] = [];
		for (const { ref, code, detail, record } of bad) {
			const payload = JSON.stringify(record) ?? 'undefined';
			const key = `${code} ${payload.slice(0, DEAD_PAYLOAD)}`;
			// The same broken record comes again each minute: it is said once an hour.
			if (this.#dead.has(key) || this.#dead.size >= DEAD_PER_ROUND) continue;
			this.#dead.set(key, now);
			const id =
				(ref === undefined ? undefined : recordId(source, ref)) ??
				`${layer.id}-${source.system}-unknown`;
			const letter = {
				topic: topics.raw(layer.id, id),
				code,
				reason: detail,
				payload: cut(payload)
			};
			log.warn({ source: source.id, id, code, detail }, 'record left aside');
			jobs.push(() => broker.publish(topics.dead(layer.id), JSON.stringify(letter), { qos: 0 }));
		}
		return jobs;
	}

	#removals(
		good: ReadonlyMap<string, unknown>,
		bad: readonly BadRecord[],
		full: boolean
	): (() => Promise<void>)[] {
		const { clock, broker, layer, source, log } = this.#deps;
		// A bad record without a key may be any of the absent ones.
		if (!full || bad.some(({ ref }) => ref === undefined)) return [];
		const unread = new Set(bad.map(({ ref }) => recordId(source, ref ?? '')));
		const jobs: (() => Promise<void>)[] = [];
		for (const [id, known] of this.#known) {
			if (good.has(id) || unread.has(id)) continue;
			known.missed++;
			const dead = [...known.times].every(
				([name, at]) => freshness(layer, name, at, clock()) === 'dead'
			);
			if (known.missed < ABSENCES || !dead) continue;
			jobs.push(async () => {
				await broker.publish(topics.raw(layer.id, id), '', { qos: 1 });
				this.#known.delete(id);
				log.info({ source: source.id, id }, 'entity removed: gone from its source');
			});
		}
		return jobs;
	}

	/** Runs the jobs, a bounded number at once. The first failure is thrown after all were tried. */
	async #all(jobs: (() => Promise<void>)[]): Promise<void> {
		const failures: unknown[] = [];
		const queue = jobs.values();
		const worker = async () => {
			for (const job of queue) await job().catch((error: unknown) => void failures.push(error));
		};
		await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
		if (failures.length > 0) throw failures[0];
	}
}

function outOfRange({ id, patch }: RawRecord, [issue]: readonly v.BaseIssue<unknown>[]): BadRecord {
	const name = issue && v.getDotPath(issue);
	return {
		ref: id.split('-').slice(2).join('-'),
		code: 'attribute_invalid',
		detail: `${name ?? 'record'}: ${issue?.message ?? 'out of range'}`,
		record: patch
	};
}

function timesOf(patches: readonly RawRecord[], layer: Layer): Map<string, number> {
	const times = new Map<string, number>();
	for (const { patch } of patches) {
		const observed = parseTime(String(patch['dateObserved'])) ?? 0;
		for (const name of layer.live) if (name in patch) times.set(name, observed);
	}
	return times;
}

/** At most 2 KiB of UTF-8, never half a character. */
function cut(payload: string): string {
	const bytes = Buffer.from(payload);
	if (bytes.length <= DEAD_PAYLOAD) return payload;
	return new TextDecoder().decode(bytes.subarray(0, DEAD_PAYLOAD), { stream: true });
}

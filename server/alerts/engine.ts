import * as v from 'valibot';
import { ruleSchema, type Rule } from '../../src/lib/alerts/rule.ts';
import { fired, fires, take, type Reading, type Watch } from '../../src/lib/alerts/watch.ts';
import { why } from '../../src/lib/alerts/words.ts';
import type { Attribute } from '../../src/lib/layers/define-layer.ts';
import { readState, type Entity } from '../../src/lib/layers/entity.ts';
import { freshUntil } from '../../src/lib/layers/freshness.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { levels } from '../../src/lib/topics.ts';
import type { Message } from '../broker/port.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import { record } from './log.ts';

interface Deps {
	database: Database;
	register: Register;
	clock: () => number;
	log: Log;
	/** Whether this process is the one that judges. */
	active: () => boolean;
	/** Something was put in the push queue. */
	queued: () => void;
}

/** One rule with how far it is. `kept` is what the database knows of that. */
interface Watched {
	device: string;
	id: string;
	revision: string;
	rule: Rule;
	watch: Watch;
	kept: Watch;
	last: Reading | undefined;
}

/** Other processes write rules by their own clocks. */
const OVERLAP_MS = 10_000;
/** Rules that were removed elsewhere are forgotten here after so long; until then they fire nothing (`#write`). */
const WHOLE_MS = 600_000;
const AT_ONCE = 200;

/**
 * Judges « Prévenez-moi si… » on the stream. Only fresh values by honest clocks count. How far each rule is, what it told
 * and what is sent are one transaction, so that a restart neither repeats nor forgets.
 */
export class Alerts {
	told = 0;
	#d: Deps;
	#rules = new Map<string, Watched>();
	#byEntity = new Map<string, Set<Watched>>();
	/** The newest state of each entity, read only once a rule asks for it. */
	#states = new Map<string, Buffer | Entity>();
	#dirty = new Set<Watched>();
	#writing: Promise<void> | undefined;
	#newest = 0;
	#wholeAt = -Infinity;

	constructor(deps: Deps) {
		this.#d = deps;
	}

	get rules(): number {
		return this.#rules.size;
	}

	/** Reads rules that are new since the last time; all of them at first, after `forget` and now and then. */
	async load(): Promise<void> {
		const { database, clock } = this.#d;
		const whole = clock() - this.#wholeAt > WHOLE_MS;
		const rows = await database.db
			.selectFrom('alert_rules')
			.selectAll()
			.$if(!whole, (q) => q.where('updated_at', '>=', this.#newest - OVERLAP_MS))
			.execute();
		const seen = new Set<string>();
		for (const row of rows) {
			const key = `${row.device}/${row.id}`;
			seen.add(key);
			this.#newest = Math.max(this.#newest, row.updated_at);
			const known = this.#rules.get(key);
			if (known?.revision === row.revision) continue;
			if (known) this.#drop(known);
			const watch: Watch = {
				since: row.since,
				firedAt: row.fired_at,
				spent: row.spent === 1,
				calmSince: row.calm_since
			};
			const { device, id, revision } = row;
			const rule = v.parse(ruleSchema, JSON.parse(row.rule));
			this.#add(key, { device, id, revision, rule, watch, kept: watch, last: undefined });
		}
		if (!whole) return;
		this.#wholeAt = clock();
		for (const [key, watched] of this.#rules) if (!seen.has(key)) this.#drop(watched);
	}

	/** Another process may have judged meanwhile: all is read anew. */
	forget(): void {
		this.#rules.clear();
		this.#byEntity.clear();
		this.#dirty.clear();
		this.#wholeAt = -Infinity;
		this.#newest = 0;
	}

	/** Takes a message of `state/`. */
	take({ topic, payload }: Message): void {
		const [, , id = ''] = levels(topic) ?? [];
		if (payload.length === 0) {
			this.#states.delete(id);
			return;
		}
		// Copied: the connection's own buffer is much larger than this piece of it.
		this.#states.set(id, Buffer.from(payload));
		const watching = this.#byEntity.get(id);
		if (!watching) return;
		for (const watched of watching) this.#judge(watched);
		void this.flush();
	}

	/** Looks at every rule again, as time alone may make one fire. */
	tick(): void {
		const now = this.#d.clock();
		for (const watched of this.#rules.values())
			if (watched.last && fires(watched.rule, watched.watch, watched.last, now))
				this.#dirty.add(watched);
		void this.flush();
	}

	/** Writes what changed; resolves when nothing is left to write or the database did not take it. */
	flush(): Promise<void> {
		this.#writing ??= this.#drain().finally(() => (this.#writing = undefined));
		return this.#writing;
	}

	#add(key: string, watched: Watched): void {
		this.#rules.set(key, watched);
		const { entity } = watched.rule;
		const set = this.#byEntity.get(entity) ?? new Set();
		this.#byEntity.set(entity, set.add(watched));
		this.#judge(watched);
	}

	#drop(watched: Watched): void {
		const key = `${watched.device}/${watched.id}`;
		if (this.#rules.get(key) === watched) this.#rules.delete(key);
		this.#byEntity.get(watched.rule.entity)?.delete(watched);
		this.#dirty.delete(watched);
	}

	#entity(id: string): Entity | undefined {
		const state = this.#states.get(id);
		if (!Buffer.isBuffer(state)) return state;
		const layer = this.#d.register.get(id.split('-', 1)[0] ?? '');
		if (!layer) return undefined;
		try {
			const entity = readState(layer, id, JSON.parse(state.toString('utf8')));
			this.#states.set(id, entity);
			return entity;
		} catch (error) {
			this.#d.log.warn({ id, err: error }, 'state message left aside');
			this.#states.delete(id);
			return undefined;
		}
	}

	#attribute({ entity, attribute }: Rule): Attribute | undefined {
		return this.#d.register.get(entity.split('-', 1)[0] ?? '')?.attributes[attribute];
	}

	/** Brings a rule up to the newest state of its entity. */
	#judge(watched: Watched): void {
		const { rule, last } = watched;
		const entity = this.#entity(rule.entity);
		const layer = this.#d.register.get(entity?.layer ?? '');
		const attribute = this.#attribute(rule);
		if (!entity || !layer || !attribute || entity.quality !== 'ok') return;
		const value = entity.values[rule.attribute];
		const observed = entity.times[rule.attribute];
		const now = this.#d.clock();
		if (typeof value !== 'number' || observed === undefined) return;
		if (last && observed <= last.observed) return; // a repeat, or one that was overtaken
		const reading = { value, observed, freshUntil: freshUntil(layer, rule.attribute, observed) };
		if (reading.freshUntil < now) return;
		const watch = take(rule, watched.watch, attribute, reading, last);
		watched.last = reading;
		watched.watch = watch;
		if (watch !== watched.kept || fires(rule, watch, reading, now)) this.#dirty.add(watched);
	}

	async #drain(): Promise<void> {
		await Promise.resolve(); // what came together is written together
		while (this.#dirty.size > 0 && this.#d.active()) {
			const batch = [...this.#dirty].slice(0, AT_ONCE);
			for (const watched of batch) this.#dirty.delete(watched);
			try {
				await this.#write(batch);
			} catch (error) {
				this.#d.log.warn({ err: error }, 'alerts wait for the database');
				for (const watched of batch) this.#dirty.add(watched);
				return; // the next tick tries again
			}
		}
	}

	async #write(batch: readonly Watched[]): Promise<void> {
		const now = this.#d.clock();
		const written: { watched: Watched; from: Watch; watch: Watch | undefined }[] = [];
		let told = 0;
		await this.#d.database.db.transaction().execute(async (tx) => {
			for (const watched of batch) {
				const { device, id, revision, rule, last, watch: from } = watched;
				const attribute = this.#attribute(rule);
				const firing = last && attribute && fires(rule, from, last, now);
				const watch = firing ? fired(from, now) : from;
				const { numUpdatedRows } = await tx
					.updateTable('alert_rules')
					.set({
						since: watch.since,
						fired_at: watch.firedAt,
						spent: watch.spent ? 1 : 0,
						calm_since: watch.calmSince
					})
					.where('device', '=', device)
					.where('id', '=', id)
					.where('revision', '=', revision)
					.executeTakeFirst();
				// Removed or changed since it was read: this form of it has nothing to say any more.
				const there = numUpdatedRows > 0n;
				written.push({ watched, from, watch: there ? watch : undefined });
				if (!there || !firing) continue;
				told++;
				const entity = this.#entity(rule.entity);
				const kind = this.#d.register.get(entity?.layer ?? '')?.entity;
				const name = entity?.name;
				const since = watch.since ?? now;
				const simulated = entity?.simulated ?? false;
				await record(tx, {
					device,
					id,
					rule,
					name: name === undefined ? (kind ?? { fr: 'Lieu', en: 'Place' }) : { fr: name, en: name },
					why: why(rule, attribute, { value: last.value, since, now, simulated }),
					value: last.value,
					now
				});
			}
		});
		for (const { watched, from, watch } of written) {
			if (!watch) {
				this.#drop(watched);
				continue;
			}
			// What came while it was written goes on from there.
			watched.watch = watched.watch === from ? watch : { ...watched.watch, firedAt: watch.firedAt };
			if (watched.watch !== watch) {
				if (watch.firedAt !== from.firedAt && watched.watch.since !== null)
					watched.watch = { ...watched.watch, spent: true };
				this.#dirty.add(watched);
			}
			watched.kept = watch;
		}
		this.told += told;
		if (told > 0) this.#d.queued();
	}
}

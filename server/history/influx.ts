import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../src/lib/errors.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import type { Config, InfluxConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Catalogue, Series } from './catalogue.ts';
import { number, transaction } from './database.ts';
import { Dirty } from './dirty.ts';
import { identifier, InfluxClient, InfluxError } from './influx-client.ts';
import { Lines } from './influx-line.ts';
import { InfluxReader } from './influx-reader.ts';
import { rollUpSpan } from './influx-rollup.ts';
import { databases, prepare } from './influx-server.ts';
import { BATCH_LINES, writeLines, type RejectedLine } from './influx-writer.ts';
import { emptyBuckets } from './rollup.ts';
import { Shared, type SharedDeps } from './shared.ts';
import type { Staging } from './staging.ts';
import {
	HOUR_MS,
	layerOf,
	type AreaFilter,
	type Buckets,
	type HistoryHealth,
	type HistoryStore,
	type Last,
	type Range,
	type Reading,
	type SeriesFilter,
	type SeriesKey
} from './store.ts';

/** An hour is rolled up so long after its end: most of what is late has come by then, the rest rolls it up again. */
const LATENESS_MS = 120_000;
/** Waiting longer than this is worth telling: the page then says that history is late. */
const LATE_MS = 60_000;
/** Pauses between tries; the last again and again, so that history is whole soon after the server is back. */
const RETRY_MS = [1_000, 2_000, 5_000] as const;
const RETRY_MOST_MS = 5_000;
const KEPT_REJECTED = 10_000;
const PAGE = 5_000;

/** History in InfluxDB. What is staged is the durable outbox: a reading leaves it once the server has acknowledged it. */
export class InfluxHistory extends Shared implements HistoryStore {
	readonly backend = 'influx';
	#db: DatabaseSync;
	#catalogue: Catalogue;
	#staging: Staging;
	#dirty: Dirty;
	#register: Register;
	#clock: () => number;
	#log: Log;
	#config: InfluxConfig;
	#retention: Config['history'];
	#names: ReturnType<typeof databases>;
	#client: InfluxClient;
	#reader: InfluxReader;
	#prepared = false;
	#failures = 0;
	#retryAt = -Infinity;
	#trouble: string | undefined;
	#rejected: number;
	#busy: Promise<unknown> = Promise.resolve();

	constructor(deps: SharedDeps, config: InfluxConfig) {
		super(deps);
		this.#db = deps.db;
		this.#catalogue = deps.catalogue;
		this.#staging = deps.staging;
		this.#dirty = new Dirty(deps.db);
		this.#register = deps.register;
		this.#clock = deps.clock;
		this.#log = deps.log;
		this.#config = config;
		this.#retention = deps.retention;
		this.#names = databases(config.bucket);
		this.#client = new InfluxClient(config.url, config.credential);
		this.#reader = new InfluxReader({
			client: this.#client,
			names: this.#names,
			dirty: this.#dirty,
			clock: deps.clock,
			catalogue: deps.catalogue,
			register: deps.register,
			keptSince: (now) => this.keptSince(now)
		});
		this.#rejected = number(this.#db.prepare('SELECT count(*) c FROM rejected').get()?.['c']);
	}

	/** Waits for no server: readings are kept in the file, and upkeep looks for it. */
	async open(): Promise<void> {}

	/** Resolves once nothing is under way; what waits is in the file. */
	async close(): Promise<void> {
		await this.#busy;
	}

	async #prepare(): Promise<void> {
		if (this.#prepared) return;
		const version = await prepare(this.#config, this.#retention, this.#log);
		this.#prepared = true;
		this.#log.info({ version, url: this.#config.url.host }, 'history in InfluxDB');
	}

	/** Runs a piece of work against the server, one at a time; a failure sets the pause before the next try. */
	async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
		const run = async () => {
			try {
				const result = await work();
				if (this.#trouble !== undefined) this.#log.info('InfluxDB answers again');
				this.#failures = 0;
				this.#trouble = undefined;
				return result;
			} catch (error) {
				const message = error instanceof Error ? error.message : String(error);
				if (this.#trouble === undefined)
					this.#log.warn({ err: error }, 'InfluxDB does not take readings; they are kept here');
				this.#trouble = message;
				this.#retryAt = this.#clock() + (RETRY_MS[this.#failures] ?? RETRY_MOST_MS);
				this.#failures++;
				// Not found, not allowed: look again at what is there before the next try.
				if (error instanceof InfluxError) this.#prepared = false;
				return undefined;
			}
		};
		const result = this.#busy.then(run);
		this.#busy = result;
		return result;
	}

	async maintain(now: number) {
		const idle = { settled: 0, dropped: 0, more: false };
		if (now < this.#retryAt) return idle;
		const done = await this.#attempt(async () => {
			await this.#prepare();
			const sent = await this.#send();
			// An outage's backlog first, then one hour's rollups for each round.
			const rolled = sent >= BATCH_LINES ? false : await this.#rollUp(now);
			return { settled: sent, dropped: 0, more: sent > 0 || rolled };
		});
		return done ?? idle;
	}

	/** Sends the next staged readings and lets them go once the server has them. */
	async #send(): Promise<number> {
		const batches = this.#staging.next(BATCH_LINES);
		if (batches.length === 0) return 0;
		this.#catalogue.refresh();
		// What is in order names no field of a point twice (`Staging`).
		const once = batches.every(({ disorder }) => !disorder);
		const live = new Lines({ once });
		const kept = new Lines({ once });
		const hours = new Map<string, readonly [boolean, string, string, number]>();
		/** The hour each series was last seen in: neighbours share it. */
		const lastHour = new Map<number, number>();
		let sent = 0;
		// In order of arrival whatever the order of sending: of two values for one time the later stands.
		for (const { n, sid, t, v } of batches.toSorted((a, b) => a.id - b.id))
			for (let i = 0; i < n; i++) {
				sent++;
				const series = this.#catalogue.get(sid[i] ?? 0);
				if (!series) continue; // forgotten meanwhile
				const { layer, attribute, entity, district } = series;
				const time = t[i] ?? 0;
				const isKept = time >= series.keptFrom && time < series.keptTo;
				const value = v[i] ?? 0;
				if (isKept) kept.add(layer, entity, undefined, time, attribute, value);
				else live.add(layer, entity, district, time, attribute, value);
				const h = Math.floor(time / HOUR_MS);
				if (lastHour.get(series.sid) === h) continue;
				lastHour.set(series.sid, h);
				hours.set(`${isKept} ${layer} ${attribute} ${h}`, [isKept, layer, attribute, h]);
			}
		const rejected = [
			...(await writeLines(this.#client, this.#names.raw, live.all)),
			...(await writeLines(this.#client, this.#names.kept, kept.all))
		];
		transaction(this.#db, () => {
			this.#dirty.add(hours.values());
			this.#reject(rejected);
			this.#staging.remove(batches);
		});
		return sent;
	}

	#reject(rejected: readonly RejectedLine[]): void {
		if (rejected.length === 0) return;
		const insert = this.#db.prepare('INSERT INTO rejected (at, line, reason) VALUES (?, ?, ?)');
		for (const { line, reason } of rejected) insert.run(this.#clock(), line, reason);
		this.#db
			.prepare('DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?')
			.run(KEPT_REJECTED);
		this.#rejected += rejected.length;
		const [first] = rejected;
		this.#log.warn({ count: rejected.length, first }, 'InfluxDB refused readings for good');
	}

	async #rollUp(now: number): Promise<boolean> {
		const span = this.#dirty.next(Math.floor((now - LATENESS_MS) / HOUR_MS));
		if (!span) return false;
		try {
			this.#reject(await rollUpSpan(this.#client, this.#names, span));
		} catch (error) {
			// Someone else's text in one of our fields: it will never add up, and must not hold up all others.
			const refused = error instanceof InfluxError && [200, 400].includes(error.status);
			if (!refused || /not found/i.test(error.message)) throw error;
			this.#log.warn({ err: error, span }, 'an hour cannot be rolled up');
		}
		this.#dirty.clean(span);
		return true;
	}

	async buckets({ entity, attribute }: SeriesKey, range: Range): Promise<Buckets> {
		const into = emptyBuckets(range);
		const series = this.#find(entity, attribute);
		if (series) await readable(this.#reader.fill(series, into));
		return into;
	}

	async area(filter: AreaFilter, range: Range): Promise<Buckets> {
		const into = emptyBuckets(range);
		await readable(this.#reader.fillArea(filter, into));
		return into;
	}

	async raw({ entity, attribute }: SeriesKey, from: number, to: number, limit: number) {
		const series = this.#find(entity, attribute);
		const t: number[] = [];
		const v: number[] = [];
		for await (const page of series ? this.#reader.pages(series, from, to, PAGE) : []) {
			t.push(...page.t);
			v.push(...page.v);
			if (t.length > limit) break;
		}
		return { t: t.slice(0, limit), v: v.slice(0, limit), truncated: t.length > limit };
	}

	async *export(layer: string, from: number, to: number): AsyncIterable<Reading[]> {
		for (const series of await this.#list(layer)) {
			const { entity, attribute } = series;
			for await (const { t, v } of this.#reader.pages(series, from, to, PAGE))
				if (t.length > 0)
					yield t.map((time, i) => ({ entity, layer, attribute, t: time, v: v[i] ?? 0 }));
		}
	}

	async at(t: number, filter: Omit<SeriesFilter, 'district'> = {}): Promise<Last[]> {
		this.#catalogue.refresh();
		return readable(this.#reader.at(t, filter));
	}

	/** A series, also one that another process wrote: only what was imported is known here alone. */
	#find(entity: string, attribute: string): Series | undefined {
		this.#catalogue.refresh();
		const known = this.#catalogue.find(entity, attribute);
		const layer = this.#register.get(layerOf(entity));
		if (known || !layer?.attributes[attribute]) return known;
		return elsewhere(layer.id, entity, attribute);
	}

	/** The series of a layer by entity and attribute, those of other processes too. */
	async #list(layer: string): Promise<Series[]> {
		this.#catalogue.refresh();
		const known = this.#catalogue.list({ layer });
		const entities = new Set(known.map(({ entity }) => entity));
		const numbers = this.#register.get(layer)?.live ?? [];
		for (const entity of await this.#reader.entities(layer))
			if (!entities.has(entity))
				for (const attribute of numbers) known.push(elsewhere(layer, entity, attribute));
		const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
		return known.sort((a, b) => order(a.entity, b.entity) || order(a.attribute, b.attribute));
	}

	async import(batches: AsyncIterable<readonly Reading[]>) {
		await this.#prepare();
		const spans = new Map<number, { from: number; to: number; hours: Set<number> }>();
		const made = new Set<number>();
		let readings = 0;
		for await (const batch of batches) {
			const lines = new Lines();
			this.#catalogue.refresh();
			transaction(this.#db, () => {
				for (const { entity, attribute, t, v } of batch) {
					const known = this.#catalogue.find(entity, attribute);
					const series = known ?? this.#catalogue.require(entity, attribute, undefined);
					if (!known) made.add(series.sid);
					lines.add(series.layer, entity, undefined, t, attribute, v);
					const h = Math.floor(t / HOUR_MS);
					const span = spans.get(series.sid) ?? { from: h, to: h + 1, hours: new Set<number>() };
					span.from = Math.min(span.from, h);
					span.to = Math.max(span.to, h + 1);
					span.hours.add(h);
					spans.set(series.sid, span);
				}
			});
			const [refused] = await writeLines(this.#client, this.#names.kept, lines.all);
			if (refused) throw new Error(`InfluxDB refused ${refused.line}: ${refused.reason}`);
			readings += batch.length;
		}
		for (const [sid, span] of spans) {
			this.#catalogue.refresh();
			const series = this.#catalogue.get(sid);
			if (!series) continue; // forgotten meanwhile
			const copied = made.has(sid)
				? []
				: await this.#adopt(series, span.from * HOUR_MS, span.to * HOUR_MS);
			transaction(this.#db, () => {
				this.#catalogue.keep(series, span.from * HOUR_MS, span.to * HOUR_MS);
				const { layer, attribute } = series;
				const hours = [...span.hours, ...copied];
				this.#dirty.add(hours.map((h) => [true, layer, attribute, h] as const));
			});
		}
		for (;;) {
			const span = this.#dirty.next(Infinity, 'kept');
			if (!span) break;
			const [refused] = await rollUpSpan(this.#client, this.#names, span);
			if (refused) throw new Error(`InfluxDB refused ${refused.line}: ${refused.reason}`);
			this.#dirty.clean(span);
		}
		return { readings, series: spans.size };
	}

	/** Copies live readings of a span that becomes kept beside the imported ones; on equal times the imported stands. */
	async #adopt(series: Series, from: number, to: number): Promise<Set<number>> {
		const { keptFrom, keptTo, layer, entity, attribute } = series;
		const all =
			keptTo === keptFrom
				? { from, to }
				: { from: Math.min(from, keptFrom), to: Math.max(to, keptTo) };
		const hours = new Set<number>();
		for await (const { t, v } of this.#reader.rawPages('raw', series, all.from, all.to, PAGE)) {
			const [first = 0] = t;
			const imported = new Set<number>();
			const last = (t.at(-1) ?? 0) + 1;
			for await (const page of this.#reader.rawPages('kept', series, first, last, PAGE))
				for (const time of page.t) imported.add(time);
			const lines = new Lines();
			t.forEach((time, i) => {
				if (imported.has(time)) return;
				lines.add(layer, entity, undefined, time, attribute, v[i] ?? 0);
				hours.add(Math.floor(time / HOUR_MS));
			});
			await writeLines(this.#client, this.#names.kept, lines.all);
		}
		return hours;
	}

	async forget(system: string): Promise<number> {
		await this.#prepare();
		this.#catalogue.refresh();
		const gone = this.#catalogue.ofSystem(system);
		const entities = new Map(gone.map(({ entity, layer }) => [entity, layer]));
		for (const [entity, layer] of entities)
			for (const [db, measurements] of [
				[this.#names.raw, [layer]],
				[this.#names.quarter, [layer]],
				[this.#names.hour, [layer]],
				[this.#names.kept, [layer, `${layer}_15m`, `${layer}_1h`]]
			] as const)
				for (const measurement of measurements)
					await this.#client.query(
						db,
						`DELETE FROM ${identifier(measurement)} WHERE "entity" = '${identifier(entity).slice(1, -1)}'`
					);
		transaction(this.#db, () => {
			for (const { sid } of gone) this.#db.prepare('DELETE FROM series WHERE sid = ?').run(sid);
		});
		this.#catalogue.reload();
		return gone.length;
	}

	health(): HistoryHealth {
		const { readings, since } = this.#staging.waiting();
		const lagMs = since === undefined ? 0 : Math.max(0, this.#clock() - since);
		const late = lagMs >= LATE_MS;
		return {
			ok: this.#trouble === undefined && !late,
			lagMs,
			queued: readings,
			rejected: this.#rejected,
			lateSince: late || this.#trouble !== undefined ? since : undefined,
			detail: this.#trouble ?? (late ? 'readings wait to be written' : undefined)
		};
	}
}

/** A question the server could not answer now, told as such. */
async function readable<T>(answer: Promise<T>): Promise<T> {
	try {
		return await answer;
	} catch (error) {
		throw new AppError('history_unavailable', undefined, { cause: error });
	}
}

/** A series another process keeps. */
const elsewhere = (layer: string, entity: string, attribute: string): Series => ({
	sid: -1,
	layer,
	entity,
	attribute,
	district: undefined,
	keptFrom: 0,
	keptTo: 0
});

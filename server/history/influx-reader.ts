import type { Register } from '../../src/lib/layers/index.ts';
import type { Catalogue, Series } from './catalogue.ts';
import type { Points } from './codec.ts';
import type { Dirty, Interval } from './dirty.ts';
import { identifier, type Cell, type InfluxClient } from './influx-client.ts';
import { places } from './influx-rollup.ts';
import type { databases } from './influx-server.ts';
import { add } from './rollup.ts';
import {
	AT_REACH_MS,
	HOUR_MS,
	QUARTER_MS,
	type AreaFilter,
	type Buckets,
	type Last,
	type SeriesFilter
} from './store.ts';
import { tierOf } from './tiers.ts';

/** The newest hours are read raw whatever the rollups hold: another intake may still be rolling them up. */
const RAW_TAIL_HOURS = 2;

interface Deps {
	client: InfluxClient;
	names: ReturnType<typeof databases>;
	dirty: Dirty;
	catalogue: Catalogue;
	register: Register;
	clock: () => number;
	keptSince: (now: number) => [number, number, number];
}

/** Questions to InfluxDB: always bounded in time, values as bound parameters, sums so that any step is exact. */
export class InfluxReader {
	#deps: Deps;

	constructor(deps: Deps) {
		this.#deps = deps;
	}

	/** Adds what a series holds to its buckets: from the coarsest tier that fits, raw where that is not yet made. */
	async fill(series: Series, into: Buckets): Promise<void> {
		const { layer, entity, attribute, keptFrom, keptTo } = series;
		const from = into.t0;
		const to = from + into.step * into.count;
		const who = { where: '"entity" = $who', params: { who: entity } };
		const kept: Interval = [Math.max(from, keptFrom), Math.min(to, keptTo)];
		const work: Promise<void>[] = [];
		if (kept[0] < kept[1]) {
			work.push(this.#fillSpan(true, layer, attribute, who, kept, into));
			if (from < kept[0])
				work.push(this.#fillSpan(false, layer, attribute, who, [from, kept[0]], into));
			if (kept[1] < to)
				work.push(this.#fillSpan(false, layer, attribute, who, [kept[1], to], into));
		} else work.push(this.#fillSpan(false, layer, attribute, who, [from, to], into));
		await Promise.all(work);
	}

	async fillArea({ layer, attribute, district }: AreaFilter, into: Buckets): Promise<void> {
		const who =
			district === undefined
				? { where: 'time > 0', params: {} }
				: { where: '"district" = $who', params: { who: district } };
		const span: Interval = [into.t0, into.t0 + into.step * into.count];
		await this.#fillSpan(false, layer, attribute, who, span, into);
	}

	async #fillSpan(
		kept: boolean,
		layer: string,
		attribute: string,
		who: { where: string; params: Record<string, Cell> },
		[from, to]: Interval,
		into: Buckets
	): Promise<void> {
		const place = places(this.#deps.names, kept, layer);
		const tier = tierOf(into);
		const raw = (interval: Interval) =>
			this.#ask(place.raw, columns(attribute), who, interval, into);
		if (!tier) return raw([from, to]);
		const firstHour = Math.floor(from / HOUR_MS);
		const endHour = Math.ceil(to / HOUR_MS);
		const dirty = this.#deps.dirty.intervals(kept, layer, attribute, firstHour, endHour);
		const tail = Math.floor(this.#deps.clock() / HOUR_MS) - RAW_TAIL_HOURS;
		if (!kept && endHour > tail) dirty.push([Math.max(firstHour, tail), endHour]);
		dirty.sort(([a], [b]) => a - b);
		const work: Promise<void>[] = [];
		let at = from;
		for (const [a, b] of dirty) {
			const start = Math.max(at, a * HOUR_MS);
			const end = Math.min(to, b * HOUR_MS);
			if (end <= start) continue;
			if (start > at) work.push(this.#ask(place[tier], sums(attribute), who, [at, start], into));
			work.push(raw([start, end]));
			at = end;
		}
		if (at < to) work.push(this.#ask(place[tier], sums(attribute), who, [at, to], into));
		await Promise.all(work);
	}

	async #ask(
		{ db, measurement }: { db: string; measurement: string },
		select: string,
		{ where, params }: { where: string; params: Record<string, Cell> },
		[from, to]: Interval,
		into: Buckets
	): Promise<void> {
		const offset = ((into.t0 % into.step) + into.step) % into.step;
		const tables = await this.#deps.client.query(
			db,
			`SELECT ${select} FROM ${identifier(measurement)} WHERE ${where} AND time >= ${from}ms AND time < ${to}ms ` +
				`GROUP BY time(${into.step}ms, ${offset}ms) fill(none)`,
			params
		);
		for (const { values } of tables)
			for (const row of values) {
				const [t = 0, n = 0, sum = 0, min = 0, max = 0] = row.map(Number);
				add(into, t, n, sum, min, max);
			}
	}

	/** Readings of a series in `[from, to)`, oldest first, at most `size` at a time. */
	async *pages(series: Series, from: number, to: number, size: number): AsyncGenerator<Points> {
		const { keptFrom, keptTo } = series;
		const cuts = [from, Math.max(from, keptFrom), Math.min(to, keptTo), to] as const;
		if (cuts[1] >= cuts[2]) {
			yield* this.rawPages('raw', series, from, to, size);
			return;
		}
		yield* this.rawPages('raw', series, cuts[0], cuts[1], size);
		yield* this.rawPages('kept', series, cuts[1], cuts[2], size);
		yield* this.rawPages('raw', series, cuts[2], cuts[3], size);
	}

	async *rawPages(
		place: 'raw' | 'kept',
		{ layer, entity, attribute }: Series,
		from: number,
		to: number,
		size: number
	): AsyncGenerator<Points> {
		let at = from;
		while (at < to) {
			const [table] = await this.#deps.client.query(
				this.#deps.names[place],
				`SELECT ${identifier(attribute)} FROM ${identifier(layer)} WHERE "entity" = $who ` +
					`AND time >= ${at}ms AND time < ${to}ms ORDER BY time ASC LIMIT ${size}`,
				{ who: entity }
			);
			const rows = table?.values ?? [];
			if (rows.length === 0) return;
			yield { t: rows.map((row) => Number(row[0])), v: rows.map((row) => Number(row[1])) };
			if (rows.length < size) return;
			at = Number(rows.at(-1)?.[0]) + 1;
		}
	}

	/** Ids of the entities of a layer that the server holds live readings of. */
	async entities(layer: string): Promise<string[]> {
		const tables = await this.#deps.client.query(
			this.#deps.names.raw,
			`SHOW TAG VALUES FROM ${identifier(layer)} WITH KEY = "entity"`
		);
		return tables.flatMap(({ values }) => values.map((row) => String(row[1])));
	}

	/** One question per attribute of a layer: the last value of each of its entities. */
	async at(t: number, filter: Omit<SeriesFilter, 'district'>): Promise<Last[]> {
		const last = new Map<string, Last>();
		const from = t - AT_REACH_MS;
		const [rawSince] = this.#deps.keptSince(this.#deps.clock());
		const layers = this.#deps.register.all.filter(({ id }) => id === (filter.layer ?? id));
		for (const { id: layer, attributes } of layers)
			for (const attribute of Object.keys(attributes)) {
				// Words have no resolution, and no history.
				if (attributes[attribute]?.resolution === undefined) continue;
				if (attribute !== (filter.attribute ?? attribute)) continue;
				const kept = this.#deps.catalogue
					.list({ layer, attribute })
					.some(({ keptFrom, keptTo }) => keptFrom < keptTo);
				for (const place of kept ? (['raw', 'kept'] as const) : (['raw'] as const)) {
					const tables = await this.#deps.client.query(
						this.#deps.names[place],
						`SELECT last(${identifier(attribute)}) FROM ${identifier(layer)} ` +
							`WHERE time >= ${from}ms AND time <= ${t}ms GROUP BY "entity"`
					);
					for (const { tags, values } of tables) this.#newest(last, tags, attribute, values[0]);
				}
				if (from < rawSince) await this.#quarters(t, layer, attribute, last);
			}
		const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
		return [...last.values()].sort(
			(a, b) => order(a.entity, b.entity) || order(a.attribute, b.attribute)
		);
	}

	/** Where no raw reading is left: the mean of the last whole quarter of an hour. */
	async #quarters(t: number, layer: string, attribute: string, last: Map<string, Last>) {
		const from = Math.ceil((t - AT_REACH_MS) / QUARTER_MS) * QUARTER_MS;
		const { r15 } = places(this.#deps.names, false, layer);
		const tables = await this.#deps.client.query(
			r15.db,
			`SELECT ${identifier(`${attribute}_sum`)}, ${identifier(`${attribute}_n`)} FROM ${identifier(layer)} ` +
				`WHERE time >= ${from}ms AND time <= ${t - QUARTER_MS}ms GROUP BY "entity" ORDER BY time DESC LIMIT 1`
		);
		for (const { tags, values } of tables) {
			if (last.has(`${tags['entity']} ${attribute}`)) continue;
			const [time = 0, sum = 0, n = 0] = (values[0] ?? []).map(Number);
			const entity = tags['entity'] ?? '';
			const mean = { entity, attribute, t: time + QUARTER_MS, v: sum / n, mean: true as const };
			if (n > 0) last.set(`${entity} ${attribute}`, mean);
		}
	}

	#newest(
		last: Map<string, Last>,
		tags: Record<string, string>,
		attribute: string,
		row: Cell[] | undefined
	): void {
		const entity = tags['entity'] ?? '';
		const [t = 0, v = 0] = (row ?? []).map(Number);
		const key = `${entity} ${attribute}`;
		if (row && t > (last.get(key)?.t ?? -Infinity)) last.set(key, { entity, attribute, t, v });
	}
}

function columns(attribute: string): string {
	const a = identifier(attribute);
	return `count(${a}), sum(${a}), min(${a}), max(${a})`;
}

function sums(attribute: string): string {
	const of = (what: string) => identifier(`${attribute}_${what}`);
	return `sum(${of('n')}), sum(${of('sum')}), min(${of('min')}), max(${of('max')})`;
}

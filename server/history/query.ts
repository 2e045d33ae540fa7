import { AppError } from '../../src/lib/errors.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { CITY_ZONE, formatTime, startOfDay, wallClock } from '../../src/lib/time.ts';
import {
	DAY_MS,
	HOUR_MS,
	QUARTER_MS,
	type Buckets,
	type HistoryStore,
	type Range,
	type SeriesKey
} from './store.ts';

const MINUTE_MS = 60_000;
export const DEFAULT_POINTS = 300;
export const MAX_POINTS = 1_000;
const WEEK_SLOTS = 7 * 96;
const TYPICAL_WEEKS = 8;

export interface Asked {
	from: number;
	to: number;
	points: number;
}

/** Columns of an answer: bucket `i` begins at `t0 + i * step`. `null` is a gap, never zero. */
export interface HistoryColumns {
	entity: string;
	attribute: string;
	unit: string;
	/** RFC 3339. */
	t0: string;
	/** Seconds. */
	step: number;
	store: 'sqlite' | 'influx';
	mean: (number | null)[];
	min: (number | null)[];
	max: (number | null)[];
	n: number[];
}

/** What a query left out filled in: by default the last 24 hours in at most 300 points. Throws `query_invalid`. */
export function readRange(
	asked: { from?: number | undefined; to?: number | undefined; points?: number | undefined },
	now: number
): Asked {
	const { to = now, points = DEFAULT_POINTS } = asked;
	const { from = to - DAY_MS } = asked;
	if (from >= to) throw new AppError('query_invalid', 'from must be before to');
	return { from, to, points };
}

/** The attribute a query names, by default the layer's main one. Throws `query_invalid` where it has no history. */
export function numericAttribute(layer: Layer, name: string = layer.main): string {
	if (!Object.hasOwn(layer.attributes, name))
		throw new AppError('query_invalid', `attribute must be one of ${layer.live.join(', ')}`);
	// Words have no resolution, and no mean.
	if (layer.attributes[name]?.resolution === undefined)
		throw new AppError('query_invalid', `attribute ${name} is not a number: it has no history`);
	return name;
}

function* steps(): Generator<number> {
	for (const minutes of [1, 5, 15, 30, 60, 180, 360]) yield minutes * MINUTE_MS;
	for (let days = 1; ; days *= 2) yield days * DAY_MS;
}

/**
 * The finest step not under `finest` that covers a range in at most `points` buckets, with `from` and `to` moved outward
 * to it. Steps of days begin at local midnight; every step keeps its length, so that bucket `i` begins at `t0 + i·step`.
 */
export function chooseRange({ from, to, points }: Asked, finest: number) {
	for (const step of steps()) {
		if (step < finest) continue;
		const t0 = step >= DAY_MS ? startOfDay(from) : Math.floor(from / step) * step;
		const count = Math.ceil((to - t0) / step);
		if (count <= points) return { t0, step, count };
	}
	throw new RangeError('steps have no end');
}

/** One series over a range, in columns. */
export async function history(
	store: HistoryStore,
	layer: Layer,
	key: SeriesKey,
	asked: Asked
): Promise<HistoryColumns> {
	const range = chooseRange(asked, store.finest(key, asked.from));
	const columns = columnsOf(store, layer, key.attribute, range, await store.buckets(key, range));
	return { entity: key.entity, ...columns };
}

/** Buckets in the columns of an answer. */
export function columnsOf(
	{ backend }: Pick<HistoryStore, 'backend'>,
	layer: Layer,
	attribute: string,
	{ t0, step }: Range,
	{ n, sum, min, max }: Buckets
): Omit<HistoryColumns, 'entity'> {
	const column = (of: (i: number) => number | undefined) =>
		Array.from(n, (count, i) => (count === 0 ? null : tidy(of(i) ?? 0)));
	return {
		attribute,
		unit: layer.attributes[attribute]?.unit ?? '',
		t0: formatTime(t0),
		step: step / 1000,
		store: backend,
		mean: column((i) => (sum[i] ?? 0) / (n[i] ?? 1)),
		min: column((i) => min[i]),
		max: column((i) => max[i]),
		n: [...n]
	};
}

/** Nine decimals: what lies beyond is the order of an addition, and differs between stores. */
const tidy = (value: number) => Math.round(value * 1e9) / 1e9;

export interface WeekProfile {
	tz: string;
	/** Weeks that hold readings, of the last 8. */
	weeks: number;
	/** 672 quarters of an hour from Monday 00:00 local time: in how many weeks each was seen. */
	n: number[];
	p10: (number | null)[];
	p50: (number | null)[];
	p90: (number | null)[];
}

/**
 * What a week usually looks like: percentiles, by local quarter of an hour, of the means of the last 8 weeks. Of a
 * series that was imported and has nothing newer, the last 8 weeks of it.
 */
export async function typical(
	store: HistoryStore,
	key: SeriesKey,
	now: number
): Promise<WeekProfile> {
	const week = await weekBefore(store, key, now);
	const imported = store.importedUntil(key);
	if (week.weeks > 0 || imported === undefined || imported >= now) return week;
	return weekBefore(store, key, imported);
}

async function weekBefore(
	store: HistoryStore,
	key: SeriesKey,
	until: number
): Promise<WeekProfile> {
	const end = Math.floor(until / QUARTER_MS) * QUARTER_MS;
	const count = TYPICAL_WEEKS * WEEK_SLOTS;
	const t0 = end - count * QUARTER_MS;
	const { n, sum } = await store.buckets(key, { t0, step: QUARTER_MS, count });
	const seen: number[][] = Array.from({ length: WEEK_SLOTS }, () => []);
	let first: number | undefined;
	let hour = NaN;
	let slotOfHour = 0;
	for (let i = 0; i < count; i++) {
		const readings = n[i] ?? 0;
		if (readings === 0) continue;
		first ??= i;
		const t = t0 + i * QUARTER_MS;
		// The wall clock is asked once an hour: zones change by whole quarters at whole hours.
		if (Math.floor(t / HOUR_MS) !== hour) {
			hour = Math.floor(t / HOUR_MS);
			const local = wallClock(hour * HOUR_MS);
			slotOfHour = (local.weekday - 1) * 96 + local.hour * 4 + Math.floor(local.minute / 15);
		}
		const slot = (slotOfHour + Math.floor((t % HOUR_MS) / QUARTER_MS)) % WEEK_SLOTS;
		seen[slot]?.push((sum[i] ?? 0) / readings);
	}
	for (const values of seen) values.sort((a, b) => a - b);
	const column = (p: number) =>
		seen.map((values) => (values.length === 0 ? null : tidy(percentile(values, p))));
	return {
		tz: CITY_ZONE,
		weeks: first === undefined ? 0 : Math.ceil((count - first) / WEEK_SLOTS),
		n: seen.map((values) => values.length),
		p10: column(0.1),
		p50: column(0.5),
		p90: column(0.9)
	};
}

/** Percentile of sorted values with linear interpolation (Hyndman and Fan 1996, type 7). */
export function percentile(sorted: readonly number[], p: number): number {
	const at = (sorted.length - 1) * p;
	const low = sorted[Math.floor(at)] ?? NaN;
	const high = sorted[Math.ceil(at)] ?? low;
	return low + (high - low) * (at - Math.floor(at));
}

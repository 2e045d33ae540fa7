/** One number read from the city: what a raw message yields for each numeric attribute. */
export interface Reading {
	entity: string;
	layer: string;
	attribute: string;
	/** When it was observed, ms since 1970. */
	t: number;
	v: number;
	district?: string | undefined;
}

export interface SeriesKey {
	entity: string;
	attribute: string;
}

/** Which series to take together. Every part given must agree. */
export interface SeriesFilter {
	layer?: string;
	district?: string;
	attribute?: string;
}

export interface AreaFilter extends SeriesFilter {
	layer: string;
	attribute: string;
}

/** `count` steps of `step` ms from `t0`; a multiple of a tier's own step is answered from that tier. */
export interface Range {
	t0: number;
	step: number;
	count: number;
}

/** One column each; where `n` is 0 the others hold nothing worth reading. Sums, not means: any wider step stays exact. */
export interface Buckets extends Range {
	n: Float64Array;
	sum: Float64Array;
	min: Float64Array;
	max: Float64Array;
}

/** Last value of one series. */
export interface Last extends SeriesKey {
	t: number;
	v: number;
	/** From beyond raw retention: the mean of the quarter of an hour that ends at `t`. */
	mean?: true;
}

export interface Refused {
	reading: Reading;
	reason: 'too_old' | 'not_a_number';
}

export interface HistoryHealth {
	ok: boolean;
	/** Age of the oldest accepted reading that is not yet where queries read it, ms. */
	lagMs: number;
	/** Readings waiting, and readings the database refused for good. */
	queued: number;
	rejected: number;
	/** Since when readings wait longer than they should, ms since 1970. */
	lateSince: number | undefined;
	detail: string | undefined;
}

/**
 * Where readings are kept and asked for. Two implementations pass the same suite (`contract.ts`): `node:sqlite` and
 * InfluxDB. A reading is named by (entity, attribute, t): writing it again changes nothing, writing another value
 * corrects it.
 */
export interface HistoryStore {
	readonly backend: 'sqlite' | 'influx';
	open(): Promise<void>;
	close(): Promise<void>;
	/**
	 * Writes readings inside the transaction the caller holds open on the shared handle of `history.db`: they are kept
	 * exactly when that transaction is. Synchronous. Those older than raw retention are refused, and returned.
	 */
	stage(readings: readonly Reading[]): Refused[];
	/** `stage` in a transaction of its own; resolves once durable. */
	append(readings: readonly Reading[]): Promise<{ accepted: number; refused: Refused[] }>;
	/** Takes readings of any age, in any order, into every tier; they never expire. Resolves with how many. */
	import(batches: AsyncIterable<readonly Reading[]>): Promise<{ readings: number; series: number }>;
	/** Removes all history of the entities of a system (`{layer}-{system}-{ref}`); resolves with the series removed. */
	forget(system: string): Promise<number>;
	/** Whether anything was ever kept of this entity. */
	knows(entity: string): boolean;
	/** The finest step, in ms, that can be answered for readings as old as `from`. */
	finest(key: SeriesKey, from: number): number;
	/** The end of what was imported of a series, or undefined where nothing was. */
	importedUntil(key: SeriesKey): number | undefined;
	buckets(key: SeriesKey, range: Range): Promise<Buckets>;
	/** All series of an attribute of a layer, or of a district of it, taken together. `step` and `t0` are multiples of 15 min: tiers only. */
	area(filter: AreaFilter, range: Range): Promise<Buckets>;
	/** Oldest first; at most `limit`. */
	raw(
		key: SeriesKey,
		from: number,
		to: number,
		limit: number
	): Promise<{ t: number[]; v: number[]; truncated: boolean }>;
	/** Readings of a layer by entity, attribute, time; a page at a time, so that a slow reader holds little memory. */
	export(layer: string, from: number, to: number): AsyncIterable<Reading[]>;
	/** Last value of each series at or before `t`, no older than `AT_REACH_MS`. */
	at(t: number, filter?: Omit<SeriesFilter, 'district'>): Promise<Last[]>;
	/** One bounded piece of the work that follows readings: settling, rolling up, sending on, expiring. */
	maintain(now: number): Promise<{ settled: number; dropped: number; more: boolean }>;
	health(): HistoryHealth;
}

export const QUARTER_MS = 900_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** How far back « the city as it was » looks for a value: everything older is dead by every layer's rule. */
export const AT_REACH_MS = 7 * DAY_MS;

/** The layer an entity's id begins with. */
export const layerOf = (entity: string) => entity.slice(0, entity.indexOf('-'));

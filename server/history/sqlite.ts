import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Catalogue, Series } from './catalogue.ts';
import { merge, type Points } from './codec.ts';
import { transaction } from './database.ts';
import { Hot, splitHours } from './hot.ts';
import { add, emptyBuckets } from './rollup.ts';
import type { Staging } from './staging.ts';
import {
	AT_REACH_MS,
	HOUR_MS,
	QUARTER_MS,
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
import { Shared, type SharedDeps } from './shared.ts';
import { tierOf, Tiers } from './tiers.ts';

/** More than this waits in memory for no longer than it takes to settle it: about 10 MB. */
const MAX_HOT = 200_000;
/** Series settled, then expired, in one transaction: tens of ms at most, so that the intake's commits pass between. */
const SETTLE_SERIES = 50;
const EXPIRE_SERIES = 25;
/** Packed hours read for one page of an export. */
const PAGE_HOURS = 48;

/** History in `history.db`: nothing to install, the same answers as a database server. */
export class SqliteHistory extends Shared implements HistoryStore {
	readonly backend = 'sqlite';
	#db: DatabaseSync;
	#catalogue: Catalogue;
	#staging: Staging;
	#hot: Hot;
	#tiers: Tiers;
	#toExpire: Series[] = [];
	#expired = -Infinity;

	constructor(deps: SharedDeps) {
		super(deps);
		this.#db = deps.db;
		this.#catalogue = deps.catalogue;
		this.#staging = deps.staging;
		this.#hot = new Hot(deps.db, deps.staging);
		this.#tiers = new Tiers(deps.db);
	}

	async open(): Promise<void> {
		this.#ready();
	}

	async close(): Promise<void> {}

	/** What was committed since the last question, here or by another process, is seen by this one. */
	#ready(): void {
		this.#catalogue.refresh();
		this.#hot.load();
	}

	#fill(series: Series, into: Buckets): void {
		const from = into.t0;
		const to = from + into.step * into.count;
		const tier = tierOf(into);
		const firstHour = Math.floor(from / HOUR_MS);
		const endHour = Math.ceil(to / HOUR_MS);
		const hot = this.#hot.byHour(series.sid, firstHour * HOUR_MS, endHour * HOUR_MS);
		const each = ({ t, v }: Points) => {
			for (let i = 0; i < t.length; i++) {
				const value = v[i] ?? 0;
				add(into, t[i] ?? 0, 1, value, value, value);
			}
		};
		if (tier)
			this.#tiers.slots(tier, series.sid, from, to, (t, n, sum, min, max) => {
				if (!hot.has(Math.floor(t / HOUR_MS))) add(into, t, n, sum, min, max);
			});
		else
			for (const { h, points } of this.#tiers.hours(series.sid, firstHour, endHour))
				if (!hot.has(h)) each(points);
		for (const [h, later] of hot) each(merge(this.#tiers.hour(series.sid, h), later));
	}

	async buckets({ entity, attribute }: SeriesKey, range: Range): Promise<Buckets> {
		this.#ready();
		const into = emptyBuckets(range);
		const series = this.#catalogue.find(entity, attribute);
		if (series) this.#fill(series, into);
		return into;
	}

	async area(filter: AreaFilter, range: Range): Promise<Buckets> {
		this.#ready();
		const into = emptyBuckets(range);
		let filled = 0;
		for (const series of this.#catalogue.list(filter)) {
			this.#fill(series, into);
			if (++filled % SETTLE_SERIES === 0) await turn();
		}
		return into;
	}

	/** Readings of a series in `[from, to)`, about `PAGE_HOURS` hours at a time, each page as it stands at one moment. */
	*#pages(series: Series, from: number, to: number): Generator<Points> {
		let hour = Math.floor(from / HOUR_MS);
		const end = Math.ceil(to / HOUR_MS);
		while (hour < end) {
			this.#ready();
			const packed = this.#tiers.hours(series.sid, hour, end, PAGE_HOURS);
			const until = packed.length < PAGE_HOURS ? end : (packed.at(-1)?.h ?? end) + 1;
			const byHour = new Map(packed.map(({ h, points }) => [h, points]));
			for (const [h, later] of this.#hot.byHour(series.sid, hour * HOUR_MS, until * HOUR_MS))
				byHour.set(h, merge(byHour.get(h) ?? { t: [], v: [] }, later));
			const page: Points = { t: [], v: [] };
			for (const h of [...byHour.keys()].sort((a, b) => a - b)) {
				const { t = [], v = [] } = byHour.get(h) ?? {};
				for (let i = 0; i < t.length; i++) {
					const time = t[i] ?? 0;
					if (time < from || time >= to) continue;
					page.t.push(time);
					page.v.push(v[i] ?? 0);
				}
			}
			yield page;
			hour = until;
		}
	}

	async raw({ entity, attribute }: SeriesKey, from: number, to: number, limit: number) {
		this.#ready();
		const series = this.#catalogue.find(entity, attribute);
		const found: Points = { t: [], v: [] };
		for (const { t, v } of series ? this.#pages(series, from, to) : []) {
			found.t.push(...t);
			found.v.push(...v);
			if (found.t.length > limit) break;
			await turn();
		}
		const truncated = found.t.length > limit;
		return { t: found.t.slice(0, limit), v: found.v.slice(0, limit), truncated };
	}

	async *export(layer: string, from: number, to: number): AsyncIterable<Reading[]> {
		this.#ready();
		for (const series of this.#catalogue.list({ layer }))
			for (const { t, v } of this.#pages(series, from, to)) {
				if (t.length > 0)
					yield t.map((time, i) => ({
						entity: series.entity,
						layer,
						attribute: series.attribute,
						t: time,
						v: v[i] ?? 0
					}));
				await turn();
			}
	}

	async at(t: number, filter: Omit<SeriesFilter, 'district'> = {}): Promise<Last[]> {
		this.#ready();
		const found: Last[] = [];
		const reach = t - AT_REACH_MS;
		let asked = 0;
		for (const { sid, entity, attribute } of this.#catalogue.list(filter)) {
			if (++asked % 200 === 0) await turn();
			let last: { t: number; v: number; mean?: true } | undefined = this.#tiers.last(sid, t, reach);
			// Waiting readings come after the settled: on equal times the later written stands.
			const waiting = this.#hot.points(sid, reach, t + 1);
			waiting.t.forEach((time, i) => {
				if (time >= (last?.t ?? -Infinity)) last = { t: time, v: waiting.v[i] ?? 0 };
			});
			last ??= this.#tiers.lastQuarter(
				sid,
				Math.floor(t / QUARTER_MS) - 1,
				Math.ceil(reach / QUARTER_MS)
			);
			if (last) found.push({ entity, attribute, ...last });
		}
		return found;
	}

	async import(batches: AsyncIterable<readonly Reading[]>) {
		// What was read before goes first, so that the imported stands where both name one time.
		this.#ready();
		do {
			this.#settle();
			await turn();
		} while (this.#hot.isSettling);
		const touched = new Set<number>();
		let readings = 0;
		for await (const batch of batches) {
			transaction(this.#db, () => {
				this.#catalogue.refresh();
				for (const [series, points] of this.#bySeries(batch)) {
					touched.add(series.sid);
					let from = Infinity;
					let to = -Infinity;
					for (const [h, hour] of splitHours(points)) {
						this.#tiers.settle(series.sid, h, hour);
						from = Math.min(from, h * HOUR_MS);
						to = Math.max(to, (h + 1) * HOUR_MS);
					}
					this.#catalogue.keep(series, from, to);
				}
			});
			readings += batch.length;
			await turn();
		}
		return { readings, series: touched.size };
	}

	/** Readings by series, in the order given; made where they are the first of it. */
	#bySeries(batch: readonly Reading[]): Map<Series, Points> {
		const found = new Map<Series, Points>();
		let before: Reading | undefined;
		let points: Points = { t: [], v: [] };
		for (const reading of batch) {
			// Of one series mostly, one after the other: then there is nothing to look up.
			if (before?.entity !== reading.entity || before.attribute !== reading.attribute) {
				const series = this.#catalogue.require(reading.entity, reading.attribute, reading.district);
				points = found.get(series) ?? { t: [], v: [] };
				found.set(series, points);
				before = reading;
			}
			points.t.push(reading.t);
			points.v.push(reading.v);
		}
		return found;
	}

	async forget(system: string): Promise<number> {
		this.#catalogue.refresh();
		const gone = this.#catalogue.ofSystem(system);
		for (let i = 0; i < gone.length; i += EXPIRE_SERIES) {
			transaction(this.#db, () => {
				for (const { sid } of gone.slice(i, i + EXPIRE_SERIES)) this.#tiers.forget(sid);
			});
			await turn();
		}
		this.#catalogue.reload();
		return gone.length;
	}

	async maintain(now: number) {
		this.#ready();
		const { since } = this.#staging.waiting();
		const due = since !== undefined && now - since >= HOUR_MS;
		if (this.#hot.isSettling || due || this.#hot.readings > MAX_HOT) return this.#settle();
		return this.#expire(now);
	}

	#settle() {
		const waiting = this.#hot.settling();
		const slice = [...waiting].slice(0, SETTLE_SERIES);
		let settled = 0;
		transaction(this.#db, () => {
			for (const [sid, points] of slice) {
				if (!this.#catalogue.get(sid)) continue; // forgotten meanwhile
				for (const [h, later] of splitHours(points)) this.#tiers.settle(sid, h, later);
				settled += points.t.length;
			}
			if (slice.length === waiting.size) this.#staging.removeUpTo(this.#hot.upTo);
		});
		this.#hot.settled(slice.map(([sid]) => sid));
		return { settled, dropped: 0, more: true };
	}

	#expire(now: number) {
		if (this.#toExpire.length === 0 && now - this.#expired >= HOUR_MS) {
			this.#toExpire = this.#catalogue.list();
			this.#expired = now;
		}
		const slice = this.#toExpire.splice(0, EXPIRE_SERIES);
		if (slice.length === 0) return { settled: 0, dropped: 0, more: false };
		const before = this.keptSince(now);
		const dropped = transaction(this.#db, () =>
			slice.reduce((sum, { sid }) => {
				const series = this.#catalogue.get(sid);
				return series ? sum + this.#tiers.expire(series, before) : sum;
			}, 0)
		);
		return { settled: 0, dropped, more: this.#toExpire.length > 0 };
	}

	health(): HistoryHealth {
		// What waits here is read by every query: nothing lags.
		const { readings } = this.#staging.waiting();
		return {
			ok: true,
			lagMs: 0,
			queued: readings,
			rejected: 0,
			lateSince: undefined,
			detail: undefined
		};
	}
}

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { merge, pack, unpack, type Points } from './codec.ts';
import { number } from './database.ts';
import { rollUp } from './rollup.ts';
import { HOUR_MS, QUARTER_MS, type Range } from './store.ts';

const TABLES = `
	CREATE TABLE IF NOT EXISTS chunk (
		sid INT NOT NULL, h INT NOT NULL, b BLOB NOT NULL, PRIMARY KEY (sid, h)) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS r15 (
		sid INT NOT NULL, slot INT NOT NULL, n INT NOT NULL, sum REAL NOT NULL, mn REAL NOT NULL, mx REAL NOT NULL,
		PRIMARY KEY (sid, slot)) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS r60 (
		sid INT NOT NULL, slot INT NOT NULL, n INT NOT NULL, sum REAL NOT NULL, mn REAL NOT NULL, mx REAL NOT NULL,
		PRIMARY KEY (sid, slot)) WITHOUT ROWID;
`;

export type Tier = 'r15' | 'r60';
export const TIER_MS: Record<Tier, number> = { r15: QUARTER_MS, r60: HOUR_MS };

/** The coarsest tier whose slots fit whole into the buckets of a range. */
export function tierOf({ t0, step }: Range): Tier | undefined {
	return (['r60', 'r15'] as const).find(
		(tier) => t0 % TIER_MS[tier] === 0 && step % TIER_MS[tier] === 0
	);
}

/** Settled readings: an hour of a series is one packed row, and its rollups are rebuilt whenever that row is. */
export class Tiers {
	#hour: StatementSync;
	#hours: StatementSync;
	#putHour: StatementSync;
	#lastHours: StatementSync;
	#put: Record<Tier, StatementSync>;
	#slots: Record<Tier, StatementSync>;
	#lastQuarter: StatementSync;
	#expire: StatementSync[];
	#forget: StatementSync[];

	constructor(db: DatabaseSync) {
		db.exec(TABLES);
		this.#hour = db.prepare('SELECT b FROM chunk WHERE sid = ? AND h = ?');
		this.#hours = db.prepare(
			'SELECT h, b FROM chunk WHERE sid = ? AND h >= ? AND h < ? ORDER BY h LIMIT ?'
		);
		this.#lastHours = db.prepare(
			'SELECT h, b FROM chunk WHERE sid = ? AND h <= ? AND h >= ? ORDER BY h DESC LIMIT 2'
		);
		this.#putHour = db.prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?, ?)');
		const put = (tier: Tier) =>
			db.prepare(`INSERT OR REPLACE INTO ${tier} VALUES (?, ?, ?, ?, ?, ?)`);
		const slots = (tier: Tier) => {
			const statement = db.prepare(
				`SELECT slot, n, sum, mn, mx FROM ${tier} WHERE sid = ? AND slot >= ? AND slot < ?`
			);
			statement.setReturnArrays(true);
			return statement;
		};
		this.#put = { r15: put('r15'), r60: put('r60') };
		this.#slots = { r15: slots('r15'), r60: slots('r60') };
		this.#lastQuarter = db.prepare(
			'SELECT slot, n, sum FROM r15 WHERE sid = ? AND slot <= ? AND slot >= ? ORDER BY slot DESC LIMIT 1'
		);
		// Never by time alone: there is no index on it, and one would cost more than all inserts.
		this.#expire = ['chunk', 'r15', 'r60'].map((table) => {
			const slot = table === 'chunk' ? 'h' : 'slot';
			return db.prepare(
				`DELETE FROM ${table} WHERE sid = ?1 AND ${slot} < ?2 AND NOT (${slot} >= ?3 AND ${slot} < ?4)`
			);
		});
		this.#forget = ['chunk', 'r15', 'r60', 'series'].map((table) =>
			db.prepare(`DELETE FROM ${table} WHERE sid = ?`)
		);
	}

	hour(sid: number, h: number): Points {
		const blob = this.#hour.get(sid, h)?.['b'];
		return blob instanceof Uint8Array ? unpack(h * HOUR_MS, blob) : { t: [], v: [] };
	}

	/** Packed hours in `[from, to)` (hours since 1970), oldest first, at most `limit`. */
	hours(sid: number, from: number, to: number, limit = -1): { h: number; points: Points }[] {
		return this.#hours.all(sid, from, to, limit).map((row) => {
			const h = number(row['h']);
			return { h, points: unpack(h * HOUR_MS, row['b'] as Uint8Array) };
		});
	}

	/** The last reading of a series at or before `t` and not before `reach`. */
	last(sid: number, t: number, reach: number): { t: number; v: number } | undefined {
		const rows = this.#lastHours.iterate(sid, Math.floor(t / HOUR_MS), Math.floor(reach / HOUR_MS));
		for (const row of rows) {
			const points = unpack(number(row['h']) * HOUR_MS, row['b'] as Uint8Array);
			const i = points.t.findLastIndex((time) => time <= t);
			const time = points.t[i];
			if (time === undefined) continue; // all of this hour is later: the hour before holds it
			return time >= reach ? { t: time, v: points.v[i] ?? 0 } : undefined;
		}
		return undefined;
	}

	lastQuarter(
		sid: number,
		slot: number,
		reach: number
	): { t: number; v: number; mean: true } | undefined {
		const row = this.#lastQuarter.get(sid, slot, reach);
		if (!row) return undefined;
		const v = number(row['sum']) / number(row['n']);
		return { t: (number(row['slot']) + 1) * QUARTER_MS, v, mean: true };
	}

	/** Slots of a tier that begin in `[from, to)` ms. */
	slots(
		tier: Tier,
		sid: number,
		from: number,
		to: number,
		visit: (t: number, n: number, sum: number, min: number, max: number) => void
	): void {
		const step = TIER_MS[tier];
		const rows = this.#slots[tier].iterate(sid, Math.ceil(from / step), Math.ceil(to / step));
		for (const row of rows as Iterable<unknown> as Iterable<number[]>) {
			const [slot = 0, n = 0, sum = 0, min = 0, max = 0] = row;
			visit(slot * step, n, sum, min, max);
		}
	}

	/** Writes readings over one hour of a series and rebuilds its rollups from all that the hour then holds. */
	settle(sid: number, h: number, later: Points): void {
		const start = h * HOUR_MS;
		const points = merge(this.hour(sid, h), later);
		this.#putHour.run(sid, h, pack(start, points));
		for (const tier of ['r15', 'r60'] as const)
			for (const [t, { n, sum, min, max }] of rollUp(points.t, points.v, TIER_MS[tier]))
				this.#put[tier].run(sid, t / TIER_MS[tier], n, sum, min, max);
	}

	/** Removes what is older than each tier keeps, outside `[keptFrom, keptTo)`; returns the rows removed. */
	expire(
		{ sid, keptFrom, keptTo }: { sid: number; keptFrom: number; keptTo: number },
		before: readonly [raw: number, quarter: number, hour: number]
	): number {
		let dropped = 0;
		const steps = [HOUR_MS, QUARTER_MS, HOUR_MS];
		this.#expire.forEach((statement, i) => {
			const step = steps[i] ?? HOUR_MS;
			const cut = Math.floor((before[i] ?? 0) / step);
			dropped += number(Number(statement.run(sid, cut, keptFrom / step, keptTo / step).changes));
		});
		return dropped;
	}

	forget(sid: number): void {
		for (const statement of this.#forget) statement.run(sid);
	}
}

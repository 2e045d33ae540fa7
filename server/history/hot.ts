import type { DatabaseSync } from 'node:sqlite';
import type { Points } from './codec.ts';
import { HOUR_MS } from './store.ts';
import type { Staging } from './staging.ts';

type Waiting = Map<number, Points>;

/**
 * Staged readings in memory, by series, for queries and settling: read from the file, so that memory never holds what a
 * rollback took back. While a settling goes on, what it took is one generation and what came since another.
 */
export class Hot {
	#db: DatabaseSync;
	#staging: Staging;
	#settling: Waiting = new Map();
	#fresh: Waiting = new Map();
	#last = 0;
	/** Last staged id of the generation being settled. */
	#upTo = 0;
	/** Readings of the fresh generation, and when its first was loaded. */
	readings = 0;

	constructor(db: DatabaseSync, staging: Staging) {
		this.#db = db;
		this.#staging = staging;
	}

	/** Takes in what was staged since the last call; inside an open transaction it waits for the commit. */
	load(): void {
		if (this.#db.isTransaction) return;
		for (;;) {
			const batches = this.#staging.after(this.#last);
			for (const { id, n, sid, t, v } of batches) {
				this.#last = id;
				this.readings += n;
				for (let i = 0; i < n; i++) {
					const key = sid[i] ?? 0;
					let points = this.#fresh.get(key);
					if (!points) this.#fresh.set(key, (points = { t: [], v: [] }));
					points.t.push(t[i] ?? 0);
					points.v.push(v[i] ?? 0);
				}
			}
			if (batches.length === 0) return;
		}
	}

	/** Waiting readings of a series in order of arrival, within `[from, to)`. */
	points(sid: number, from = -Infinity, to = Infinity): Points {
		const found: Points = { t: [], v: [] };
		for (const generation of [this.#settling, this.#fresh]) {
			const points = generation.get(sid);
			if (!points) continue;
			for (let i = 0; i < points.t.length; i++) {
				const time = points.t[i] ?? 0;
				if (time < from || time >= to) continue;
				found.t.push(time);
				found.v.push(points.v[i] ?? 0);
			}
		}
		return found;
	}

	/** Waiting readings of a series by the hour they belong to (hours since 1970). */
	byHour(sid: number, from?: number, to?: number): Map<number, Points> {
		return splitHours(this.points(sid, from, to));
	}

	/** Begins a settling where none goes on: returns the series that still have to be settled. */
	settling(): Waiting {
		if (this.#settling.size === 0 && this.#upTo === 0 && this.#fresh.size > 0) {
			this.#settling = this.#fresh;
			this.#fresh = new Map();
			this.#upTo = this.#last;
			this.readings = 0;
		}
		return this.#settling;
	}

	get isSettling(): boolean {
		return this.#upTo > 0;
	}

	/** Last staged id of the settling that goes on: once all its series are settled, everything up to it may go. */
	get upTo(): number {
		return this.#upTo;
	}

	/** These series are settled and committed; with the last of them the settling ends. */
	settled(sids: readonly number[]): void {
		for (const sid of sids) this.#settling.delete(sid);
		if (this.#settling.size === 0) this.#upTo = 0;
	}
}

export function splitHours({ t, v }: Points): Map<number, Points> {
	const hours = new Map<number, Points>();
	for (let i = 0; i < t.length; i++) {
		const hour = Math.floor((t[i] ?? 0) / HOUR_MS);
		let points = hours.get(hour);
		if (!points) hours.set(hour, (points = { t: [], v: [] }));
		points.t.push(t[i] ?? 0);
		points.v.push(v[i] ?? 0);
	}
	return hours;
}

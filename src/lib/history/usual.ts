import { wallClock } from '../time.ts';
import type { Week } from './curve.ts';

const QUARTER = 900_000;
/** Fewer weeks than this are not yet a habit. */
const ENOUGH_WEEKS = 3;
/** A band over less than half a day would say little and look like much. */
const ENOUGH_HOURS = 12;

/** What this day of the week usually looks like, quarter by quarter from `from` (ms). */
export interface Usual {
	from: number;
	step: number;
	/** ISO, 1 is Monday. */
	weekday: number;
	/** How many such days it was learnt from. */
	weeks: number;
	low: (number | null)[];
	middle: (number | null)[];
	high: (number | null)[];
}

/**
 * The day `from` to `to` (local midnights, ms) of a usual week, by the wall clock: the hour that comes twice in October is
 * told twice, the one missing in March is left out. Undefined while too little is known.
 */
export function usualDay(week: Week, from: number, to: number, factor = 1): Usual | undefined {
	const { weekday } = wallClock(from);
	const usual: Usual = { from, step: QUARTER, weekday, weeks: 0, low: [], middle: [], high: [] };
	const hours = new Set<number>();
	const seen: number[] = [];
	for (let t = from; t < to; t += QUARTER) {
		const { hour, minute } = wallClock(t);
		const slot = (weekday - 1) * 96 + hour * 4 + Math.floor(minute / 15);
		const weeks = week.n[slot] ?? 0;
		const known = weeks >= ENOUGH_WEEKS;
		const at = (column: Week['p50']) => {
			const value = column[slot] ?? null;
			return known && value !== null ? value * factor : null;
		};
		usual.low.push(at(week.p10));
		usual.middle.push(at(week.p50));
		usual.high.push(at(week.p90));
		if (!known) continue;
		hours.add(hour);
		seen.push(weeks);
	}
	// Not the most: one quarter of October was lived twice.
	usual.weeks = seen.sort((a, b) => a - b)[Math.floor(seen.length / 2)] ?? 0;
	return hours.size >= ENOUGH_HOURS ? usual : undefined;
}

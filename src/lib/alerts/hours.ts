import { instant, wallClock } from '../time.ts';

/** Hours of a day, `HH:MM` on the city's wall clock; `to` before `from` is over midnight, the same twice all day. */
export interface Hours {
	from: string;
	to: string;
}

const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/**
 * When the window that holds `now` began, ms; undefined outside it. Judged on the wall clock, so that a change of hour
 * moves nothing: an hour shown twice is inside twice, one left out is never inside. A night belongs to the day on which it
 * begins.
 */
export function windowStart(
	{ from, to }: Hours,
	days: readonly number[],
	now: number
): number | undefined {
	const { year, month, day, hour, minute, weekday } = wallClock(now);
	const at = hour * 60 + minute;
	const [start, end] = [minutes(from), minutes(to)];
	const begin = (back: number) =>
		instant(year, month, day - back, Math.floor(start / 60), start % 60);
	const before = weekday === 1 ? 7 : weekday - 1;
	if (start === end) return days.includes(weekday) ? instant(year, month, day) : undefined;
	if (start < end) return at >= start && at < end && days.includes(weekday) ? begin(0) : undefined;
	if (at >= start) return days.includes(weekday) ? begin(0) : undefined;
	return at < end && days.includes(before) ? begin(1) : undefined;
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** Whether nothing may sound now. The same hour twice is no quiet at all. */
export const isQuiet = (quiet: Hours | null, now: number): boolean =>
	quiet !== null && quiet.from !== quiet.to && windowStart(quiet, EVERY_DAY, now) !== undefined;

import { instant, startOfDay, wallClock } from '../time.ts';

/** How far back a person looks, shortest first. */
export const spans = ['day', 'week', 'month', 'year'] as const;
export type Span = (typeof spans)[number];

/** 13 months: this month beside the same one a year ago. */
const MONTHS = 13;

/**
 * What to ask the server for, in whole local days so that the address stays the same all day, and in so many points that
 * the step is one a person can name: a quarter of an hour (an hour where `slow`: readings come by the hour), an hour, three
 * hours, a day. The 25-hour day and the 23-hour one are counted in.
 */
export function question(
	span: Span,
	now: number,
	slow: boolean
): { from: number; to: number; points: number } {
	const to = startOfDay(now, 1);
	switch (span) {
		case 'day':
			return { from: startOfDay(now), to, points: slow ? 25 : 100 };
		case 'week':
			return { from: startOfDay(now, -6), to, points: 7 * 24 + 1 };
		case 'month':
			return { from: startOfDay(now, -29), to, points: 30 * 8 + 1 };
		case 'year': {
			const { year, month, day } = wallClock(now);
			// A month without a 31st ends earlier, it does not run into the next one.
			const lastDay = new Date(Date.UTC(year, month - MONTHS, 0)).getUTCDate();
			const start = new Date(Date.UTC(year, month - 1 - MONTHS, Math.min(day, lastDay)));
			const from = instant(start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDate());
			return { from, to, points: 400 };
		}
	}
}

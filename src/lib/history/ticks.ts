import { m } from '#lib/paraglide/messages.js';
import type { Locale } from '../text.ts';
import { instant, startOfDay, wallClock } from '../time.ts';
import type { Span } from './span.ts';
import { intl } from './when.ts';

export interface Tick {
	/** Where its line stands, ms. */
	t: number;
	/** Where its word stands: under its line, or in the middle of what it names. */
	at: number;
	label: string;
}

/**
 * Few ticks, each on the city's own clock (an axis of the day the clocks change has its hours at their true places): hours
 * of a day, days of a week, Mondays of a month, months of a year. `room`: how many words fit.
 */
export function timeTicks(
	span: Span,
	from: number,
	to: number,
	locale: Locale,
	room = Infinity
): Tick[] {
	return { day: hours, week: days, month: mondays, year: months }[span](from, to, locale, room);
}

function hours(from: number, to: number, locale: Locale): Tick[] {
	const { year, month, day } = wallClock(from);
	return [0, 6, 12, 18, 24].map((hour) => {
		const t = hour === 24 ? to : instant(year, month, day, hour);
		return { t, at: t, label: m.history_hour({ hour }, { locale }) };
	});
}

function days(from: number, to: number, locale: Locale): Tick[] {
	const ticks: Tick[] = [];
	for (let t = from; t < to; t = startOfDay(t, 1))
		ticks.push({
			t,
			at: (t + startOfDay(t, 1)) / 2,
			label: intl(locale, { weekday: 'short' }).format(t)
		});
	return ticks;
}

function mondays(from: number, to: number, locale: Locale): Tick[] {
	const first = startOfDay(from, (8 - wallClock(from).weekday) % 7);
	const ticks: Tick[] = [];
	// A word at the very end would stand on its neighbour's.
	const last = to - (to - from) / 20;
	for (let t = first < from ? startOfDay(first, 7) : first; t < last; t = startOfDay(t, 7))
		ticks.push({ t, at: t, label: intl(locale, { day: 'numeric', month: 'short' }).format(t) });
	return ticks;
}

function months(from: number, to: number, locale: Locale, room: number): Tick[] {
	const start = wallClock(from);
	const ticks: Tick[] = [];
	for (let i = 1; i <= 14; i++) {
		const first = new Date(Date.UTC(start.year, start.month - 1 + i, 1));
		const year = first.getUTCFullYear();
		const t = instant(year, first.getUTCMonth() + 1, 1);
		if (t >= to) break;
		const january = first.getUTCMonth() === 0;
		ticks.push({
			t,
			at: t,
			label: january ? String(year) : intl(locale, { month: 'short' }).format(t)
		});
	}
	const every = Math.max(1, Math.ceil(ticks.length / Math.min(room, 7)));
	// January, which bears the year, is among those kept.
	const kept = ticks.findIndex(({ label }) => /^\d{4}$/.test(label)) % every;
	return ticks.filter((_, i) => i % every === Math.max(0, kept));
}

import { m } from '#lib/paraglide/messages.js';
import { clockTime } from '../live/words.ts';
import type { Locale } from '../text.ts';
import { CITY_ZONE, wallClock } from '../time.ts';
import type { Span } from './span.ts';

const TAGS: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: 'en-GB' };
// A formatter costs a hundred times what it formats: one of each kind is kept.
const formats = new Map<string, Intl.DateTimeFormat>();

/** Dates as the language writes them, on the city's calendar. */
export function intl(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = locale + JSON.stringify(options);
	let format = formats.get(key);
	if (!format) {
		format = new Intl.DateTimeFormat(TAGS[locale], { timeZone: CITY_ZONE, ...options });
		formats.set(key, format);
	}
	return format;
}

/** The moment of a bucket that begins at `t` and lasts `step` (ms): « 14 h 15 », « sam. 21, 14 h », « 3 mars 2026 ». */
export function bucketWords(span: Span, t: number, step: number, locale: Locale): string {
	if (span === 'day') return clockTime(t, locale);
	// A step of days keeps its length over a change of clocks: its middle is surely in the day it tells.
	if (span === 'year')
		return intl(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(t + step / 2);
	const day = intl(
		locale,
		span === 'week'
			? { weekday: 'short', day: 'numeric' }
			: { weekday: 'short', day: 'numeric', month: 'short' }
	).format(t);
	// Steps of hours begin on the hour.
	return `${day}, ${m.history_hour({ hour: wallClock(t).hour }, { locale })}`;
}

/** « lundi » for 1. */
export function weekdayName(weekday: number, locale: Locale): string {
	// 1 January 2024 was a Monday.
	return intl(locale, { weekday: 'long' }).format(Date.UTC(2024, 0, weekday, 12));
}

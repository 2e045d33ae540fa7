import { m } from '#lib/paraglide/messages.js';
import { clockTime, moment } from '../live/words.ts';
import type { Locale } from '../text.ts';
import { formatTime, instant, parseTime, startOfDay, wallClock } from '../time.ts';
import { intl } from './when.ts';

const HOUR = 3_600_000;
/** « Il y a… » goes back this far. */
export const REACH_MS = 7 * 24 * HOUR;

/** The moment an address names; `far` where it is not within the last 7 days; undefined where it names none. */
export type NamedMoment = { at: number } | { far: true } | undefined;

/**
 * Reads `?at=` (RFC 3339), or `?jour=2026-11-21&heure=18` as the form without JavaScript sends it. What cannot be read
 * names no moment: the page shows now.
 */
export function readMoment(params: URLSearchParams, now: number): NamedMoment {
	const text = params.get('at');
	// A `+` that a browser sent as a space is read as the `+` it was.
	const at = text === null ? readForm(params) : parseTime(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
	if (at === undefined) return undefined;
	return at > now || at < now - REACH_MS ? { far: true } : { at };
}

function readForm(params: URLSearchParams): number | undefined {
	const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(params.get('jour') ?? '')?.map(Number);
	const hour = /^\d{1,2}$/.test(params.get('heure') ?? '') ? Number(params.get('heure')) : NaN;
	if (!day || !(hour < 24)) return undefined;
	return instant(day[1] ?? 0, day[2] ?? 0, day[3] ?? 0, hour);
}

/** The query of an address that names a moment, or now, and else what the present one does. */
export function momentQuery(params: URLSearchParams, at: number | undefined): string {
	const kept = [...params].filter(([name]) => !['at', 'jour', 'heure', 'q'].includes(name));
	if (at !== undefined) kept.push(['at', formatTime(at)]);
	const text = kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
	// Colons and commas may stand in a query, and an address is read by people too.
	return text.replaceAll('%3A', ':').replaceAll('%2C', ',');
}

/** « samedi 21 novembre à 18 h ». */
export function momentName(at: number, locale: Locale): string {
	const day = intl(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(at);
	const { hour, minute } = wallClock(at);
	const time = minute === 0 ? m.history_hour({ hour }, { locale }) : clockTime(at, locale);
	return m.past_moment({ day, time }, { locale });
}

/** When a value was observed, told beside a moment: « 17 h 56 » of the same day, else with its day. */
export function valueTime(observed: number, at: number, now: number, locale: Locale): string {
	return startOfDay(observed) === startOfDay(at)
		? clockTime(observed, locale)
		: moment(observed, now, locale);
}

/** The local days within reach, this one first, as a form names them. */
export function daysWithin(now: number, locale: Locale): { value: string; name: string }[] {
	return Array.from({ length: 8 }, (_, back) => startOfDay(now, -back))
		.filter((start) => startOfDay(start, 1) > now - REACH_MS)
		.map((start, back) => ({
			value: dayValue(start),
			name:
				back === 0
					? m.past_today({}, { locale })
					: intl(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(start)
		}));
}

/** « 2026-11-21 », the local day. */
export function dayValue(t: number): string {
	const { year, month, day } = wallClock(t);
	return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
}

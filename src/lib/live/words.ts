import { walkMinutes } from '../geo.ts';
import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';
import type { Locale } from '../text.ts';
import { CITY_ZONE, startOfDay, wallClock } from '../time.ts';

// English as the neighbours write it: day before month, 24 hours.
const TAGS: Readonly<Record<Locale, string>> = { fr: 'fr-FR', en: 'en-GB' };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long ago something was observed, as one says it: « à l'instant », « il y a 40 secondes », « il y a 12 min »,
 * « il y a 3 h », then the hour of today and yesterday, then the date. Seconds go by tens, so that a screen full of ages
 * does not flicker. A time to come (a clock ahead) is « à l'instant ». Both times in ms.
 */
export function age(observed: number, now: number, locale: Locale = getLocale()): string {
	const ms = now - observed;
	if (ms < 10 * SECOND) return m.live_now({}, { locale });
	if (ms < MINUTE)
		return m.live_seconds_ago({ count: Math.floor(ms / (10 * SECOND)) * 10 }, { locale });
	if (ms < HOUR) return m.live_minutes_ago({ count: Math.floor(ms / MINUTE) }, { locale });
	const { today, yesterday } = days(now);
	if (observed >= today) {
		if (ms < 6 * HOUR) return m.live_hours_ago({ count: Math.floor(ms / HOUR) }, { locale });
		return m.live_today_at({ time: clockTime(observed, locale) }, { locale });
	}
	if (observed >= yesterday)
		return m.live_yesterday_at({ time: clockTime(observed, locale) }, { locale });
	if (observed >= startOfDay(now, -6)) {
		const weekday = intl(locale, { weekday: 'long' }).format(observed);
		return m.live_weekday_at({ weekday, time: clockTime(observed, locale) }, { locale });
	}
	return m.live_on_date({ date: date(observed, now, locale) }, { locale });
}

/** An instant one can go by: « 14 h 02 » today, « hier à 18 h 02 », « le 3 mars à 9 h 05 ». */
export function moment(ms: number, now: number, locale: Locale = getLocale()): string {
	const time = clockTime(ms, locale);
	const { today, yesterday } = days(now);
	if (ms >= today) return time;
	if (ms >= yesterday) return m.live_yesterday_at({ time }, { locale });
	return m.live_on_date_at({ date: date(ms, now, locale), time }, { locale });
}

/** « 18 h 02 », on the city's clock. */
export function clockTime(ms: number, locale: Locale = getLocale()): string {
	const { hour, minute } = wallClock(ms);
	const two = String(minute).padStart(2, '0');
	return m.live_clock(
		{ hour: locale === 'fr' ? hour : String(hour).padStart(2, '0'), minute: two },
		{ locale }
	);
}

/** « 3 mars », with its year where it is not this one. */
export function date(ms: number, now: number, locale: Locale = getLocale()): string {
	const sameYear = wallClock(ms).year === wallClock(now).year;
	return intl(locale, {
		day: 'numeric',
		month: 'long',
		...(!sameYear && { year: 'numeric' })
	}).format(ms);
}

/** A day of a calendar (`YYYY-MM-DD`): « 3 mars 2026 ». What is no day is said as it is. */
export function calendarDay(day: string, locale: Locale = getLocale()): string {
	const noon = Date.parse(`${day}T12:00:00Z`);
	if (Number.isNaN(noon)) return day;
	return intl(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(noon);
}

// As Intl writes them; its first formatter costs a slow phone a tenth of a second before the first figure.
const MARKS: Readonly<Record<Locale, { decimal: string; group: string }>> = {
	fr: { decimal: ',', group: '\u202f' },
	en: { decimal: '.', group: ',' }
};

/** A figure as the language writes it, to `resolution` (0.1: one decimal). */
export function number(value: number, resolution = 1, locale: Locale = getLocale()): string {
	const digits = Math.max(0, Math.ceil(-Math.log10(resolution)));
	const [whole = '', decimals] = String(Number(Math.abs(value).toFixed(digits))).split('.');
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, MARKS[locale].group);
	const plain = decimals === undefined ? grouped : grouped + MARKS[locale].decimal + decimals;
	return value < 0 && plain !== '0' ? `-${plain}` : plain;
}

/** A share between 0 and 1 in percent: « 87 % ». */
export function percent(share: number, locale: Locale = getLocale()): string {
	const whole = number(share * 100, 1, locale);
	return locale === 'fr' ? `${whole}\u00a0%` : `${whole}%`;
}

/** « 350 m » by tens of metres, « 1,2 km », « 12 km ». */
export function metres(distance: number, locale: Locale = getLocale()): string {
	const tens = Math.round(distance / 10) * 10;
	if (tens < 1_000) return m.live_metres({ distance: Math.max(10, tens) }, { locale });
	const km = distance / 1_000;
	return m.live_kilometres({ distance: number(km, km < 9.95 ? 0.1 : 1, locale) }, { locale });
}

/** « 6 min à pied », for a straight line of so many metres. */
export function walk(distance: number, locale: Locale = getLocale()): string {
	return m.live_walk({ minutes: walkMinutes(distance) }, { locale });
}

let lastDays = { yesterday: 0, today: 0, tomorrow: 0 };

/** Where the days around `now` begin; a screen of ages asks for the same ones each second. */
function days(now: number) {
	if (now < lastDays.today || now >= lastDays.tomorrow)
		lastDays = {
			yesterday: startOfDay(now, -1),
			today: startOfDay(now),
			tomorrow: startOfDay(now, 1)
		};
	return lastDays;
}

// A formatter costs a hundred times what it formats: one of each kind is kept.
const dates = new Map<string, Intl.DateTimeFormat>();

function intl(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = locale + JSON.stringify(options);
	let format = dates.get(key);
	if (!format) {
		format = new Intl.DateTimeFormat(TAGS[locale], { timeZone: CITY_ZONE, ...options });
		dates.set(key, format);
	}
	return format;
}

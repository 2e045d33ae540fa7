/** The city's own time zone: days, hours and tariffs are lived in it, whatever the phone is set to. */
export const CITY_ZONE = 'Europe/Paris';

const RFC3339 =
	/^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since 1970 of an RFC 3339 date-time, or undefined where the text is not one: a date alone, a time without
 * zone and an impossible day (30 February) are refused rather than guessed.
 */
export function parseTime(text: string): number | undefined {
	return parseUtc(text) ?? parseAny(text);
}

/** The form everybody sends, `2026-11-22T09:14:56Z` with or without milliseconds, read in a tenth of the time. */
function parseUtc(text: string): number | undefined {
	const { length } = text;
	if ((length !== 20 && length !== 24) || text[4] !== '-' || text[7] !== '-') return undefined;
	if (text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
	if (text[length - 1] !== 'Z' || (length === 24 && text[19] !== '.')) return undefined;
	const year = digits(text, 0, 4);
	const month = digits(text, 5, 7);
	const day = digits(text, 8, 10);
	const hour = digits(text, 11, 13);
	const minute = digits(text, 14, 16);
	const second = digits(text, 17, 19);
	const ms = length === 24 ? digits(text, 20, 23) : 0;
	// Anything at the edge (the 29th and later, leap seconds, the first centuries) is left to the slow way.
	const plain =
		year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59;
	return plain && second <= 59 && ms >= 0
		? Date.UTC(year, month - 1, day, hour, minute, second, ms)
		: undefined;
}

/** The whole number these characters are, or NaN, which no comparison holds for. */
function digits(text: string, from: number, to: number): number {
	let value = 0;
	for (let i = from; i < to; i++) {
		const digit = text.charCodeAt(i) - 48;
		if (digit < 0 || digit > 9) return NaN;
		value = value * 10 + digit;
	}
	return value;
}

function parseAny(text: string): number | undefined {
	const match = RFC3339.exec(text);
	if (!match) return undefined;
	const [, year, month, day, hour, minute, second] = match.map(Number);
	if (month === undefined || day === undefined || year === undefined) return undefined;
	if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
		return undefined;
	if ((hour ?? 99) > 23 || (minute ?? 99) > 59 || (second ?? 99) > 60) return undefined;
	// A leap second has no place in Date: it becomes the next second's start.
	const usable = second === 60 ? text.replace(/:60/, ':59') : text;
	const ms = Date.parse(usable.replace(' ', 'T').toUpperCase());
	if (Number.isNaN(ms)) return undefined;
	return second === 60 ? ms + 1000 : ms;
}

/** RFC 3339 in UTC, to the second where there are no milliseconds: `2026-11-22T09:14:56Z`. */
export function formatTime(ms: number): string {
	return new Date(ms).toISOString().replace('.000Z', 'Z');
}

const HOUR = 3_600_000;

/**
 * Offset of the city's zone from UTC (ms) by the rule in force since 1996 (directive 2000/84/EC: summer time from the last
 * Sunday of March to that of October, 01:00 UTC); undefined for other years. A test holds it against the system's zone data,
 * which cost a slow phone a tenth of a second to open.
 */
function cityOffset(ms: number): number | undefined {
	const year = new Date(ms).getUTCFullYear();
	if (!(year >= 1996 && year <= LAST_KNOWN_YEAR)) return undefined;
	const turn = (month: number) => {
		const last = new Date(Date.UTC(year, month + 1, 0, 1)); // 01:00 UTC, last day of the month
		return last.getTime() - last.getUTCDay() * 24 * HOUR;
	};
	return ms >= turn(2) && ms < turn(9) ? 2 * HOUR : HOUR;
}
const LAST_KNOWN_YEAR = 2037;

const wallClocks = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of `zone` at an instant: year, month 1-12, day, hour, minute, second, ISO weekday 1 (Monday) to 7. */
export function wallClock(ms: number, zone: string = CITY_ZONE) {
	const offset = zone === CITY_ZONE ? cityOffset(ms) : undefined;
	if (offset !== undefined) {
		const local = new Date(ms + offset);
		return {
			year: local.getUTCFullYear(),
			month: local.getUTCMonth() + 1,
			day: local.getUTCDate(),
			hour: local.getUTCHours(),
			minute: local.getUTCMinutes(),
			second: local.getUTCSeconds(),
			weekday: local.getUTCDay() || 7
		};
	}
	return zoneClock(ms, zone);
}

/** The same by the system's zone data. */
export function zoneClock(ms: number, zone: string) {
	let format = wallClocks.get(zone);
	if (!format) {
		format = new Intl.DateTimeFormat('en-GB', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: '2-digit',
			day: '2-digit',
			hour: '2-digit',
			minute: '2-digit',
			second: '2-digit'
		});
		wallClocks.set(zone, format);
	}
	const parts: Record<string, number> = {};
	for (const { type, value } of format.formatToParts(ms))
		if (type !== 'literal') parts[type] = Number(value);
	const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
	const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;
	return { year, month, day, hour, minute, second, weekday };
}

/** The instant at which `zone`'s wall clock shows a local date and time (the later one where it shows it twice). */
export function instant(
	year: number,
	month: number,
	day: number,
	hour = 0,
	minute = 0,
	zone: string = CITY_ZONE
): number {
	const wanted = Date.UTC(year, month - 1, day, hour, minute);
	let guess = wanted;
	for (let i = 0; i < 3; i++) {
		const w = wallClock(guess, zone);
		const shown = Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second);
		if (shown === wanted) return guess;
		guess += wanted - shown;
	}
	return guess;
}

/** Start of the local day that holds `ms`, moved by `days`. */
export function startOfDay(ms: number, days = 0, zone: string = CITY_ZONE): number {
	const { year, month, day } = wallClock(ms, zone);
	const moved = new Date(Date.UTC(year, month - 1, day + days));
	return instant(moved.getUTCFullYear(), moved.getUTCMonth() + 1, moved.getUTCDate(), 0, 0, zone);
}

/** The city's own time zone: days, hours and tariffs are lived in it, whatever the phone is set to. */
export const CITY_ZONE = 'Europe/Paris';

const RFC3339 =
	/^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since 1970 of an RFC 3339 date-time, or undefined where the text is not one: a date alone, a time without
 * zone and an impossible day (30 February) are refused rather than guessed.
 */
export function parseTime(text: string): number | undefined {
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

const wallClocks = new Map<string, Intl.DateTimeFormat>();

/** The wall clock of `zone` at an instant: year, month 1-12, day, hour, minute, second, ISO weekday 1 (Monday) to 7. */
export function wallClock(ms: number, zone: string = CITY_ZONE) {
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

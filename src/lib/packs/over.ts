import { CITY_ZONE } from '../time.ts';

/** `YYYY-MM-DD` of the city at `now` (ms). */
function today(now: number): string {
	return new Intl.DateTimeFormat('sv-SE', { timeZone: CITY_ZONE }).format(now);
}

let known = { hour: NaN, day: '' };

/** Whether an event or a work has ended before today: nobody needs to be led there. */
export function isOver(values: Readonly<Record<string, unknown>>, now: number): boolean {
	const { ends } = values as { ends?: unknown };
	if (typeof ends !== 'string') return false;
	const hour = Math.floor(now / 900_000);
	if (known.hour !== hour) known = { hour, day: today(now) };
	return ends < known.day;
}

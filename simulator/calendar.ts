import { wallClock } from '../src/lib/time.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When people live an instant: hour of the day with its fraction, ISO weekday (1 Monday), day of the year from 0. */
export interface Local {
	hour: number;
	weekday: number;
	dayOfYear: number;
}

const hours = new Map<string, Local>();
const KEPT_HOURS = 500; // three weeks: replays go through days in order, so older hours are not asked again

/** The local time of an instant. No zone of today changes its offset inside a UTC hour, so each hour is asked once. */
export function local(ms: number, zone: string): Local {
	const start = Math.floor(ms / HOUR) * HOUR;
	const key = `${zone} ${start}`;
	let known = hours.get(key);
	if (!known) {
		const { year, month, day, hour, minute, weekday } = wallClock(start, zone);
		const dayOfYear = (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / DAY;
		known = { hour: hour + minute / 60, weekday, dayOfYear };
		if (hours.size >= KEPT_HOURS) hours.clear();
		hours.set(key, known);
	}
	return { ...known, hour: (known.hour + (ms - start) / HOUR) % 24 };
}

/** The kinds of day a city lives: working days, Saturday for shops, Sunday. */
export type DayKind = 'weekday' | 'saturday' | 'sunday';

export const dayKind = (weekday: number): DayKind =>
	weekday === 7 ? 'sunday' : weekday === 6 ? 'saturday' : 'weekday';

/** A curve over the day drawn by its points `[hour, value]`, in order, joined by straight lines, closed over midnight. */
export type Curve = readonly (readonly [hour: number, value: number])[];

/** The height of a curve at an hour. */
export function height(curve: Curve, hour: number): number {
	const first = curve[0];
	const last = curve.at(-1);
	if (!first || !last) return 0;
	let [x0, y0] = [last[0] - 24, last[1]];
	for (const [x, y] of [...curve, [first[0] + 24, first[1]] as const]) {
		if (hour <= x) return x === x0 ? y : y0 + ((y - y0) * (hour - x0)) / (x - x0);
		[x0, y0] = [x, y];
	}
	return last[1];
}

/** How much the city moves, 0 to 1: two peaks on working days, one long afternoon at the weekend. */
export function bustle({ hour, weekday }: Local): number {
	return height(BUSTLE[dayKind(weekday)], hour);
}

const BUSTLE: Record<DayKind, Curve> = {
	weekday: [
		[1, 0.06],
		[4.5, 0.03],
		[6, 0.15],
		[8.2, 1],
		[9.5, 0.55],
		[12.3, 0.62],
		[14.5, 0.45],
		[17.8, 0.98],
		[19.5, 0.6],
		[22, 0.25]
	],
	saturday: [
		[1.5, 0.18],
		[5, 0.05],
		[9, 0.25],
		[11.5, 0.5],
		[15.5, 0.72],
		[18.5, 0.65],
		[21, 0.4]
	],
	sunday: [
		[2, 0.16],
		[6, 0.04],
		[10, 0.22],
		[12, 0.4],
		[15.5, 0.5],
		[18.5, 0.5],
		[21.5, 0.22]
	]
};

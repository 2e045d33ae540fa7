import { expect, test } from 'vitest';
import { formatTime, startOfDay } from '../time.ts';
import { linear, roundTicks } from './scale.ts';
import { question, spans } from './span.ts';
import { timeTicks } from './ticks.ts';
import { usualDay } from './usual.ts';
import type { Week } from './curve.ts';

const HOUR = 3_600_000;
const summer = Date.parse('2026-03-29T10:00:00Z'); // 23 hours
const winter = Date.parse('2026-10-25T10:00:00Z'); // 25 hours
const plain = Date.parse('2026-11-21T17:00:00Z');

test.each([
	['a plain day', plain, [0, 6, 12, 18, 24]],
	['the day that loses an hour', summer, [0, 5, 11, 17, 23]],
	['the day that has one twice', winter, [0, 7, 13, 19, 25]]
])('the hours of %s stand at their true places', (_, now, hours) => {
	const { from, to } = question('day', now, false);
	const ticks = timeTicks('day', from, to, 'fr');
	expect(ticks.map(({ t }) => (t - from) / HOUR)).toEqual(hours);
	expect(ticks.map(({ label }) => label)).toEqual(['0 h', '6 h', '12 h', '18 h', '24 h']);
});

test('a week begins each day at its own midnight, and its words stand in the middle of the days', () => {
	const { from, to } = question('week', winter, false);
	const ticks = timeTicks('week', from, to, 'fr');
	expect(ticks.map(({ label }) => label)).toEqual([
		'lun.',
		'mar.',
		'mer.',
		'jeu.',
		'ven.',
		'sam.',
		'dim.'
	]);
	expect(ticks.at(-1)).toMatchObject({
		t: startOfDay(winter),
		at: startOfDay(winter) + 12.5 * HOUR
	});
});

test('a month is told by its Mondays, a year by few of its months, January by its year', () => {
	const month = question('month', plain, false);
	expect(timeTicks('month', month.from, month.to, 'fr').map(({ label }) => label)).toEqual([
		'26 oct.',
		'2 nov.',
		'9 nov.',
		'16 nov.'
	]);
	const year = question('year', plain, false);
	const ticks = timeTicks('year', year.from, year.to, 'fr', 6);
	expect(ticks.length).toBeLessThanOrEqual(6);
	expect(ticks.map(({ label }) => label)).toContain('2026');
	for (const { t } of ticks) expect(t).toBe(startOfDay(t));
});

test('the server is asked for whole local days, in steps a person can name', () => {
	// What `chooseRange` of the server does: the finest step that fits in so many points.
	const steps = [1, 5, 15, 30, 60, 180, 360, 1_440].map((minutes) => minutes * 60_000);
	const wanted = { day: 900_000, week: HOUR, month: 3 * HOUR, year: 24 * HOUR };
	for (const now of [summer, winter, plain, Date.parse('2027-03-31T10:00:00Z')])
		for (const span of spans) {
			const { from, to, points } = question(span, now, false);
			expect(from).toBe(startOfDay(from));
			expect(to).toBe(startOfDay(now, 1));
			const step = steps.find(
				(size) =>
					Math.ceil((to - (size < 24 * HOUR ? Math.floor(from / size) * size : from)) / size) <=
					points
			);
			expect(step, `${span} ${formatTime(now)}`).toBe(wanted[span]);
		}
	expect(question('day', plain, true).points).toBe(25);
	expect(formatTime(question('year', Date.parse('2027-03-31T10:00:00Z'), false).from)).toBe(
		'2026-02-27T23:00:00Z'
	);
});

test('an axis has round figures around what it holds, and whole ones for what is counted', () => {
	expect(roundTicks(0, 20)).toEqual([0, 10, 20]);
	expect(roundTicks(0, 21)).toEqual([0, 5, 10, 15, 20, 25]);
	expect(roundTicks(0, 1, true)).toEqual([0, 1]);
	expect(roundTicks(0, 0.3)).toEqual([0, 0.1, 0.2, 0.3]);
	for (const [low, high] of [
		[0, 0],
		[-4, 13],
		[1_003.2, 1_019],
		[0, 10_000],
		[7, 7]
	] as const) {
		const ticks = roundTicks(low, high);
		expect(ticks.length).toBeGreaterThan(1);
		expect(ticks.length).toBeLessThanOrEqual(6);
		expect(ticks[0]).toBeLessThanOrEqual(low);
		expect(ticks.at(-1)).toBeGreaterThanOrEqual(high);
	}
});

test('a scale goes both ways, and one of no length divides by nothing', () => {
	const scale = linear([0, 10], [200, 0]);
	expect(scale(5)).toBe(100);
	expect(scale.back(50)).toBe(7.5);
	expect(linear([3, 3], [200, 0])(3)).toBe(200);
});

/** A week whose quarters are numbered, each seen in `weeks` weeks. */
const numbered = (weeks: (slot: number) => number): Week => {
	const slots = Array.from({ length: 672 }, (_, slot) => slot);
	return { n: slots.map(weeks), p10: slots, p50: slots, p90: slots };
};

test('a usual day goes by the wall clock: an hour lived twice is told twice, one skipped is left out', () => {
	const sunday = 6 * 96;
	const of = (now: number) =>
		usualDay(
			numbered(() => 8),
			startOfDay(now),
			startOfDay(now, 1)
		)?.middle.map((slot) => (slot ?? NaN) - sunday);
	expect(of(plain)?.length).toBe(96);
	expect(of(winter)?.length).toBe(100);
	expect(of(winter)?.slice(8, 16)).toEqual([8, 9, 10, 11, 8, 9, 10, 11]);
	expect(of(summer)?.length).toBe(92);
	expect(of(summer)?.slice(6, 10)).toEqual([6, 7, 12, 13]);
});

test('two weeks are not a habit, nor are a few hours of many', () => {
	const day = [startOfDay(plain), startOfDay(plain, 1)] as const;
	expect(
		usualDay(
			numbered(() => 2),
			...day
		)
	).toBeUndefined();
	expect(
		usualDay(
			numbered((slot) => (slot % 96 < 40 ? 8 : 0)),
			...day
		)
	).toBeUndefined();
	// Told by the hour, it is a day all the same, and the gaps between are gaps.
	const hourly = usualDay(
		numbered((slot) => (slot % 4 === 0 ? 5 : 0)),
		...day
	);
	expect(hourly?.weeks).toBe(5);
	expect(hourly?.low.slice(0, 5)).toEqual([480, null, null, null, 484]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bike } from '../layers/bike/layer.ts';
import { air } from '../layers/air/layer.ts';
import { weather } from '../layers/weather/layer.ts';
import * as v from 'valibot';
import { isQuiet, windowStart } from './hours.ts';
import { clears, ruleSchema, type Rule } from './rule.ts';
import { fired, fires, take, UNTOUCHED, type Reading } from './watch.ts';
import { ruleWords, why } from './words.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-25T08:00:00Z'); // a Wednesday, 9 h in Toulouse
const bikes = bike.attributes['availableBikeNumber'];
const ozone = air.attributes['o3'];
const degrees = weather.attributes['temperature'];
if (!bikes || !ozone || !degrees) throw new Error('no such attribute');

const rule = (more: object = {}): Rule =>
	v.parse(ruleSchema, {
		entity: 'bike-toulouse-1',
		attribute: 'availableBikeNumber',
		op: 'below',
		value: 3,
		...more
	});

/** Minutes, counted from the start, at which a rule tells, for one value a minute. */
function told(asked: Rule, values: readonly (number | undefined)[], start = START): number[] {
	let watch = UNTOUCHED;
	let last: Reading | undefined;
	const at: number[] = [];
	values.forEach((value, minute) => {
		const now = start + minute * MINUTE;
		if (value !== undefined) {
			const reading = { value, observed: now, freshUntil: now + 10 * MINUTE };
			watch = take(asked, watch, bikes ?? never(), reading, last);
			last = reading;
		}
		if (!last || !fires(asked, watch, last, now)) return;
		at.push(minute);
		watch = fired(watch, now);
	});
	return at;
}
const never = (): never => {
	throw new Error('unreachable');
};
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('when a rule tells', () => {
	test('once, when it begins to hold; not again while it holds', () => {
		expect(told(rule(), [5, 4, 2, 1, 0, 2, 2])).toEqual([2]);
		expect(told(rule({ op: 'above', value: 10 }), [5, 10, 11, 12])).toEqual([2]);
	});

	test('only after it held for so long without a break', () => {
		expect(told(rule({ forMinutes: 3 }), [2, 2, 5, 2, 2, 2, 2, 2])).toEqual([6]);
	});

	test('time alone makes it tell, but never on a value grown old', () => {
		const once = [2, ...times(20, undefined)];
		expect(told(rule({ forMinutes: 5 }), once)).toEqual([5]);
		expect(told(rule({ forMinutes: 15 }), once)).toEqual([]);
	});

	test('a silence longer than a value is fresh begins the count anew', () => {
		const values = [2, ...times(14, undefined), ...times(20, 2)];
		expect(told(rule({ forMinutes: 12 }), values)).toEqual([27]);
	});

	test('a value that trembles around the threshold for hours is one alert', () => {
		const flapping = Array.from({ length: 300 }, (_, i) => (i % 2 ? 2 : 3));
		expect(told(rule(), flapping)).toEqual([1]);
	});

	test('a clear end and a new beginning are a new alert, half an hour later at the earliest', () => {
		expect(told(rule(), [2, 8, 2, 8, 2])).toEqual([0]);
		expect(told(rule(), [2, ...times(40, 8), 2])).toEqual([0, 41]);
	});

	test('half an hour on the near side ends it too: some thresholds have no clear other side', () => {
		expect(told(rule(), [2, ...times(31, 3), 2])).toEqual([0, 32]);
		expect(told(rule({ op: 'above', value: 0 }), [1, ...times(31, 0), 1])).toEqual([0, 32]);
	});

	test('a paused rule tells nothing', () => {
		expect(told(rule({ paused: true }), times(10, 0))).toEqual([]);
	});

	test('never two alerts within the pause, whatever the values', () => {
		fc.assert(
			fc.property(
				fc.array(fc.option(fc.nat(8), { nil: undefined }), { maxLength: 400 }),
				(values) => {
					const at = told(rule(), values);
					at.slice(1).forEach((minute, i) =>
						expect(minute - (at[i] ?? 0)).toBeGreaterThanOrEqual(30)
					);
				}
			),
			{ numRuns: 100 }
		);
	});

	test('each window asks anew, even where nothing changed overnight', () => {
		const everyMorning = rule({ from: '09:00', to: '10:00' });
		const day = [...times(60, 1), ...times(23 * 60, 1)];
		expect(told(everyMorning, [...day, ...day])).toEqual([0, 24 * 60]);
	});

	test('outside its days and hours it waits: what still holds then is told', () => {
		expect(told(rule({ from: '09:30', to: '11:00' }), times(60, 1))).toEqual([30]);
		expect(told(rule({ days: [4] }), times(60, 1))).toEqual([]);
	});
});

test('the margin is a twentieth of the value, and ends where the quantity does', () => {
	const o3 = { op: 'above', value: 120 } as const;
	expect([115, 114].map((seen) => clears(o3, seen, ozone))).toEqual([false, true]);
	const frost = { op: 'below', value: 0 } as const;
	expect([0, 0.1].map((seen) => clears(frost, seen, degrees))).toEqual([false, true]);
	expect(clears({ op: 'above', value: 0 }, 0, bikes)).toBe(true);
});

describe('hours of the city', () => {
	const at = (text: string) => Date.parse(text);
	const night = { from: '22:00', to: '07:00' };

	test('a night belongs to the day on which it begins', () => {
		const friday = [5];
		const inside = (text: string) => windowStart(night, friday, at(text)) !== undefined;
		expect(inside('2026-11-27T22:30:00+01:00')).toBe(true); // Friday evening
		expect(inside('2026-11-28T06:59:00+01:00')).toBe(true); // Saturday morning
		expect(inside('2026-11-28T07:00:00+01:00')).toBe(false);
		expect(inside('2026-11-27T06:00:00+01:00')).toBe(false); // Thursday's night
		expect(windowStart(night, friday, at('2026-11-28T03:00:00+01:00'))).toBe(
			at('2026-11-27T22:00:00+01:00')
		);
	});

	test('quiet hours hold through both changes of hour', () => {
		// Spring: 2 h becomes 3 h. Autumn: 2 h to 3 h comes twice.
		for (const [text, quiet] of [
			['2026-03-28T21:59:00+01:00', false],
			['2026-03-28T22:00:00+01:00', true],
			['2026-03-29T01:59:00+01:00', true],
			['2026-03-29T03:00:00+02:00', true],
			['2026-03-29T06:59:00+02:00', true],
			['2026-03-29T07:00:00+02:00', false],
			['2026-10-24T22:00:00+02:00', true],
			['2026-10-25T02:30:00+02:00', true],
			['2026-10-25T02:30:00+01:00', true],
			['2026-10-25T06:59:00+01:00', true],
			['2026-10-25T07:00:00+01:00', false]
		] as const)
			expect([text, isQuiet(night, at(text))]).toEqual([text, quiet]);
		expect(windowStart(night, [6], at('2026-10-25T06:00:00+01:00'))).toBe(
			at('2026-10-24T22:00:00+02:00')
		);
	});

	test('the same hour twice: all day for a rule, never for quiet', () => {
		const hours = { from: '08:00', to: '08:00' };
		expect(windowStart(hours, [3], START)).toBe(at('2026-11-25T00:00:00+01:00'));
		expect(isQuiet(hours, START)).toBe(false);
		expect(isQuiet(null, START)).toBe(false);
	});
});

test('a rule and an alert read as a sentence in both languages', () => {
	const weekdays = rule({ forMinutes: 10, days: [1, 2, 3, 4, 5], from: '07:30', to: '09:00' });
	expect(ruleWords(weekdays, bikes, 'fr')).toBe(
		'Prévenez-moi s’il y a moins de 3 vélos pendant 10 min, du lundi au vendredi, de 7\u00a0h\u00a030 à 9\u00a0h.'
	);
	expect(ruleWords(weekdays, bikes, 'en')).toBe(
		'Tell me if there are fewer than 3 bikes for 10 min, Monday to Friday, from 07:30 to 09:00.'
	);
	const said = { value: 2, since: START - 12 * MINUTE, now: START, simulated: false };
	expect(why(weekdays, bikes, said)).toEqual({
		fr: '2 vélos, moins que votre seuil de 3 vélos, depuis 12 min, à 9\u00a0h.',
		en: '2 bikes, below your limit of 3 bikes, for 12 min, at 09:00.'
	});
	const air = rule({ entity: 'air-atmo-1', attribute: 'o3', op: 'above', value: 120 });
	expect(why(air, ozone, { ...said, value: 131, simulated: true }).fr).toContain(
		'(valeur simulée)'
	);
});

import { parseQuery } from '../../src/lib/query.ts';
import { historyParams } from '../web/params.ts';
import { describe, expect, test } from 'vitest';
import { bike } from '../../src/lib/layers/bike/layer.ts';
import { register } from '../../src/lib/layers/index.ts';
import { silent } from '../log.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import { chooseRange, history, numericAttribute, percentile, readRange, typical } from './query.ts';
import { DAY_MS, HOUR_MS, QUARTER_MS, type Reading } from './store.ts';

const MINUTE_MS = 60_000;
const now = Date.parse('2026-11-04T09:07:13Z'); // ten days after the clocks went back
const key = { entity: 'bike-test-1', attribute: 'availableBikeNumber' };

function storeAt(time = now) {
	const db = openHistoryDb(':memory:');
	const config = { influx: undefined, history: { rawDays: 60, quarterDays: 400, hourDays: 800 } };
	return createHistory({ db, register: register(), config, clock: () => time, log: silent });
}

const ask = (text: string) =>
	readRange(parseQuery(historyParams, new URL(`http://x/?${text}`)), now);

describe('the range asked for', () => {
	test('by default is the last 24 hours in at most 300 points', () => {
		expect(ask('')).toEqual({ from: now - DAY_MS, to: now, points: 300 });
	});

	test.each([
		'points=0',
		'points=1001',
		'points=ten',
		'points=1e9',
		'from=yesterday',
		'from=2026-11-04',
		'from=0001-01-01T00:00:00Z',
		'to=9999-01-01T00:00:00Z',
		'from=2026-11-03T00:00:00Z&to=2026-11-03T00:00:00Z',
		"from=2026-11-03T00:00:00Z' OR '1'='1"
	])('%s is refused with a code', (text) => {
		expect(() => ask(text)).toThrow(/query_invalid|limit_exceeded/);
	});

	test.each(["attribute=a'b", 'attribute=a%22%20FROM%20b', 'attribute='])(
		'%s is refused',
		(text) => {
			expect(() => ask(text)).toThrow('query_invalid');
		}
	);

	test('an offset whose plus became a space is read', () => {
		const { from } = ask('from=2026-11-03T01:00:00+01:00');
		expect(from).toBe(Date.parse('2026-11-03T00:00:00Z'));
	});

	test('only a number of the layer has a history', () => {
		expect(numericAttribute(bike)).toBe('availableBikeNumber');
		expect(() => numericAttribute(bike, 'status')).toThrow('query_invalid');
		expect(() => numericAttribute(bike, 'constructor')).toThrow('query_invalid');
	});
});

describe('the step', () => {
	const step = (from: string, to: string, points = 300, finest = MINUTE_MS) =>
		chooseRange({ from: Date.parse(from), to: Date.parse(to), points }, finest);

	test('is the finest that fits: 24 h by 5 min, 7 d by 1 h, 30 d by 3 h, 13 months by 2 d', () => {
		const to = '2026-11-04T09:07:13Z';
		expect(step('2026-11-03T09:07:13Z', to).step).toBe(5 * MINUTE_MS);
		expect(step('2026-10-28T09:07:13Z', to).step).toBe(HOUR_MS);
		expect(step('2026-10-05T09:07:13Z', to).step).toBe(3 * HOUR_MS);
		expect(step('2025-10-04T09:07:13Z', to).step).toBe(2 * DAY_MS);
	});

	test('moves from and to outward, and never gives more points than asked for', () => {
		for (const points of [1, 2, 7, 300, 1000])
			for (const hours of [0.01, 1, 25, 24 * 31, 24 * 3650]) {
				const from = now - hours * HOUR_MS;
				const { t0, step: width, count } = chooseRange({ from, to: now, points }, MINUTE_MS);
				expect(count).toBeLessThanOrEqual(points);
				expect(t0).toBeLessThanOrEqual(from);
				expect(t0 + count * width).toBeGreaterThanOrEqual(now);
				expect(from - t0).toBeLessThan(width + HOUR_MS);
			}
	});

	test('of days begins at local midnight', () => {
		const { t0 } = step('2026-06-10T10:00:00Z', '2026-11-04T09:00:00Z', 300, DAY_MS);
		expect(new Date(t0).toISOString()).toBe('2026-06-09T22:00:00.000Z');
	});

	test('is not finer than what is still kept', () => {
		expect(step('2026-11-03T09:00:00Z', '2026-11-03T10:00:00Z', 300, HOUR_MS).step).toBe(HOUR_MS);
	});
});

test('gaps are null, never zero, and n counts every reading of the range answered', async () => {
	const store = storeAt();
	const from = Date.parse('2026-11-03T10:00:00Z');
	const readings: Reading[] = [0, 1, 2, 20, 21].map((m) => ({
		...key,
		layer: 'bike',
		t: from + m * MINUTE_MS,
		v: m / 3
	}));
	await store.append(readings);
	const answer = await history(store, bike, key, { from, to: from + 30 * MINUTE_MS, points: 6 });
	expect(answer).toEqual({
		...key,
		unit: '',
		t0: '2026-11-03T10:00:00Z',
		step: 300,
		store: 'sqlite',
		mean: [0.333333333, null, null, null, 6.833333333, null],
		min: [0, null, null, null, 6.666666667, null],
		max: [0.666666667, null, null, null, 7, null],
		n: [3, 0, 0, 0, 2, 0]
	});
});

test('a typical week is in local time, across the change of clocks', async () => {
	const store = storeAt();
	// 8 o'clock in the morning in Toulouse, every day: 06:00 UTC in summer, 07:00 UTC in winter.
	const readings: Reading[] = [];
	for (let day = 1; day <= 40; day++) {
		const utc = Date.parse('2026-09-24T00:00:00Z') + day * DAY_MS;
		const hour = utc < Date.parse('2026-10-25T00:00:00Z') ? 6 : 7;
		readings.push({ ...key, layer: 'bike', t: utc + hour * HOUR_MS + 60_000, v: day });
	}
	await store.append(readings);
	const { tz, weeks, n, p10, p50, p90 } = await typical(store, key, now);
	expect(tz).toBe('Europe/Paris');
	expect(weeks).toBe(6);
	const eight = Array.from({ length: 7 }, (_, day) => day * 96 + 8 * 4);
	expect(n.flatMap((count, slot) => (count > 0 ? [slot] : []))).toEqual(eight);
	expect(n.reduce((a, b) => a + b, 0)).toBe(40);
	// Mondays: 28 September (day 4), then every seventh day to 2 November (day 39).
	const mondays = [4, 11, 18, 25, 32, 39];
	const slot = 8 * 4;
	expect([p10[slot], p50[slot], p90[slot]]).toEqual([
		percentile(mondays, 0.1),
		percentile(mondays, 0.5),
		percentile(mondays, 0.9)
	]);
	expect(p50[0]).toBeNull();
	expect(n).toHaveLength(672);
});

test('percentiles interpolate between neighbours', () => {
	expect(percentile([1, 2, 3, 4], 0.5)).toBe(2.5);
	expect(percentile([5], 0.9)).toBe(5);
	expect(percentile([0, 10], 0.1)).toBe(1);
});

test('a quarter of an hour that is not over says nothing of what is typical', async () => {
	const store = storeAt();
	const quarter = Math.floor(now / QUARTER_MS) * QUARTER_MS;
	await store.append([{ ...key, layer: 'bike', t: quarter + 1, v: 3 }]);
	expect((await typical(store, key, now)).weeks).toBe(0);
});

test('of a series that was only imported, its own last weeks are typical', async () => {
	const store = storeAt();
	const t = Date.parse('2024-06-03T06:00:00Z'); // a Monday, 8 o'clock in Toulouse
	const weeks = [1, 2, 3].map((week) => ({
		...key,
		layer: 'bike',
		t: t + week * 7 * DAY_MS,
		v: week
	}));
	await store.import(
		(async function* () {
			yield weeks;
		})()
	);
	const { weeks: found, n, p50 } = await typical(store, key, now);
	expect([found, n[32], p50[32]]).toEqual([3, 3, 2]);
});

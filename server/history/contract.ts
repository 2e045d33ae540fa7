import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Buckets, Reading, SeriesKey } from './store.ts';
import { DAY_MS, HOUR_MS, QUARTER_MS } from './store.ts';
import type { Subject } from './subject.ts';

const MINUTE_MS = 60_000;
/** Half past the last hour. A database server expires by the real clock, so the tests live in the present. */
export const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS / 2;

let made = 0;
/** Every case has its own entity: the cases share one store, as a city does. */
const fresh = (): SeriesKey => ({
	entity: `bike-test-${++made}`,
	attribute: 'availableBikeNumber'
});

const at = (key: SeriesKey, t: number, v: number): Reading => ({ ...key, layer: 'bike', t, v });

/** Upkeep until there is nothing left to do: settled, sent on, rolled up, expired. */
export async function settle(subject: Subject): Promise<void> {
	for (let i = 0; i < 10_000; i++)
		if (!(await subject.store().maintain(subject.clock.now)).more) return;
	throw new Error('upkeep does not end');
}

/** What a range must answer, worked out from the readings themselves. */
export function expected(
	readings: readonly { t: number; v: number }[],
	{ t0, step, count }: Pick<Buckets, 't0' | 'step' | 'count'>
) {
	return Array.from({ length: count }, (_, i) => {
		const from = t0 + i * step;
		const inside = readings.filter(({ t }) => t >= from && t < from + step).map(({ v }) => v);
		if (inside.length === 0) return { n: 0 };
		const sum = inside.reduce((a, b) => a + b, 0);
		return { n: inside.length, sum, min: Math.min(...inside), max: Math.max(...inside) };
	});
}

export function shown({ n, sum, min, max, count }: Buckets) {
	return Array.from({ length: count }, (_, i) =>
		n[i] === 0 ? { n: 0 } : { n: n[i], sum: sum[i], min: min[i], max: max[i] }
	);
}

/** What any history store must do. */
export function historyContract(name: string, open: () => Promise<Subject>): void {
	describe(name, () => {
		let subject: Subject;
		beforeAll(async () => {
			subject = await open();
		});
		afterAll(() => subject.close());

		/** The same questions at every step: while readings are new, once they are settled, and after a restart. */
		const answers = async (
			key: SeriesKey,
			readings: readonly Reading[],
			from: number,
			to: number
		) => {
			const steps = [MINUTE_MS, 5 * MINUTE_MS, QUARTER_MS, 2 * QUARTER_MS, HOUR_MS, 3 * HOUR_MS];
			const check = async () => {
				for (const step of steps) {
					const t0 = Math.floor(from / step) * step;
					const range = { t0, step, count: Math.ceil((to - t0) / step) };
					const buckets = await subject.store().buckets(key, range);
					expect(shown(buckets), `step ${step / MINUTE_MS} min`).toEqual(expected(readings, range));
				}
			};
			// A server answers what has been sent to it: one round of upkeep sends.
			await subject.store().maintain(subject.clock.now);
			await settleSent(subject);
			await check();
			subject.clock.now += 2 * HOUR_MS;
			await settle(subject);
			await check();
			await subject.reopen();
			await check();
		};

		const minutely = (key: SeriesKey, from: number, count: number, of = (i: number) => i % 20) =>
			Array.from({ length: count }, (_, i) => at(key, from + i * MINUTE_MS, of(i)));

		test('readings are answered at every step, with gaps as empty buckets', async () => {
			const key = fresh();
			const from = NOW - 26 * HOUR_MS;
			const readings = minutely(key, from, 180).filter((_, i) => i < 40 || i > 100);
			expect(await subject.store().append(readings)).toEqual({
				accepted: readings.length,
				refused: []
			});
			await answers(key, readings, from - HOUR_MS, from + 6 * HOUR_MS);
		});

		test('a repeated reading is stored once, before and after it has settled', async () => {
			const key = fresh();
			const from = NOW - 30 * HOUR_MS;
			const readings = minutely(key, from, 90);
			await subject.store().append([...readings, ...readings.slice(10, 30)]);
			await subject.store().append(readings);
			await settle(subject);
			await subject.store().append(readings);
			await answers(key, readings, from, from + 2 * HOUR_MS);
		});

		test('late and disordered readings count as if they had come in time', async () => {
			const key = fresh();
			const from = NOW - 5 * DAY_MS;
			const readings = minutely(key, from, 200);
			const shuffled = readings.map((r, i) => ({ r, at: (i * 7919) % 200 }));
			shuffled.sort((a, b) => a.at - b.at);
			const order = shuffled.map(({ r }) => r);
			await subject.store().append(order.slice(0, 120));
			subject.clock.now += 2 * HOUR_MS;
			await settle(subject);
			for (const reading of order.slice(120)) await subject.store().append([reading]);
			await answers(key, readings, from, from + 4 * HOUR_MS);
		});

		test('a correction replaces what was read, waiting or settled', async () => {
			const key = fresh();
			const from = NOW - 28 * HOUR_MS;
			const readings = minutely(key, from, 60);
			await subject.store().append(readings);
			await subject.store().append([at(key, from + 5 * MINUTE_MS, 17)]);
			subject.clock.now += 2 * HOUR_MS;
			await settle(subject);
			await subject.store().append([at(key, from + 6 * MINUTE_MS, 3)]);
			await subject.store().append([at(key, from + 6 * MINUTE_MS, 19)]);
			const corrected = readings.map((r, i) =>
				i === 5 ? { ...r, v: 17 } : i === 6 ? { ...r, v: 19 } : r
			);
			await answers(key, corrected, from, from + 2 * HOUR_MS);
		});

		test('values keep their decimals', async () => {
			const key = fresh();
			const from = NOW - 27 * HOUR_MS;
			const readings = minutely(
				key,
				from,
				16,
				(i) => [0.1, -3.25, 1013.2, 0.123456789][i % 4] ?? 0
			);
			await subject.store().append(readings);
			await settle(subject);
			const { t, v } = await subject.store().raw(key, from, from + HOUR_MS, 100);
			expect(v).toEqual(readings.map((r) => r.v));
			expect(t).toEqual(readings.map((r) => r.t));
		});

		test('the days on which clocks change have 23 and 25 hours, no reading lost and none twice', async () => {
			// Paris: 26 October 2025 has 25 hours from 25 Oct 22:00 UTC, 30 March 2025 has 23 from 29 March 23:00 UTC.
			for (const [from, hours] of [
				[Date.UTC(2025, 9, 25, 22), 25],
				[Date.UTC(2025, 2, 29, 23), 23]
			] as const) {
				const key = fresh();
				const readings = minutely(key, from, hours * 60);
				await subject.store().import(
					(async function* () {
						yield readings;
					})()
				);
				const day = { t0: from, step: hours * HOUR_MS, count: 1 };
				expect(shown(await subject.store().buckets(key, day))[0]?.n).toBe(hours * 60);
				const days = { t0: from, step: DAY_MS, count: 2 };
				expect(shown(await subject.store().buckets(key, days))).toEqual(expected(readings, days));
			}
		});

		test('an empty range, an unknown entity and an unknown attribute answer empty buckets', async () => {
			const key = fresh();
			await subject.store().append([at(key, NOW - HOUR_MS, 5)]);
			await settle(subject);
			const range = { t0: NOW - 9 * DAY_MS, step: HOUR_MS, count: 24 };
			for (const asked of [
				key,
				{ entity: 'bike-test-none', attribute: key.attribute },
				{ entity: key.entity, attribute: 'nothing' },
				{ entity: `x' OR '1'='1`, attribute: `a" FROM b; DROP DATABASE x` }
			])
				expect(shown(await subject.store().buckets(asked, range))).toEqual(
					Array.from({ length: 24 }, () => ({ n: 0 }))
				);
		});

		test('readings older than raw retention and values that are no numbers are refused, alone', async () => {
			const key = fresh();
			const old = at(key, subject.clock.now - 36 * DAY_MS, 1);
			const nan = at(key, NOW - HOUR_MS, NaN);
			const good = at(key, NOW - HOUR_MS, 2);
			expect(await subject.store().append([old, nan, good])).toEqual({
				accepted: 1,
				refused: [
					{ reading: old, reason: 'too_old' },
					{ reading: nan, reason: 'not_a_number' }
				]
			});
			await settle(subject);
			expect((await subject.store().raw(key, 0, NOW, 10)).v).toEqual([2]);
		});

		test('accepted readings survive a restart before any upkeep', async () => {
			const key = fresh();
			const from = NOW - 3 * HOUR_MS;
			const readings = minutely(key, from, 30);
			await subject.store().append(readings);
			await subject.reopen();
			await settle(subject);
			const { v, truncated } = await subject.store().raw(key, from, NOW, 1_000);
			expect(v).toEqual(readings.map((r) => r.v));
			expect(truncated).toBe(false);
		});

		test('raw answers are bounded and say so', async () => {
			const key = fresh();
			const from = NOW - 3 * HOUR_MS;
			await subject.store().append(minutely(key, from, 30));
			await settle(subject);
			const { t, truncated } = await subject.store().raw(key, from, NOW, 10);
			expect(t).toHaveLength(10);
			expect(truncated).toBe(true);
		});

		test('an area is its series taken together, and only those of its district', async () => {
			const here = `quartier-${++made}`;
			const keys = [fresh(), fresh(), fresh()];
			const from = Math.floor((NOW - 30 * HOUR_MS) / HOUR_MS) * HOUR_MS;
			const readings = keys.flatMap((key, k) =>
				minutely(key, from, 240, (i) => i + k).map((r) => ({
					...r,
					district: k < 2 ? here : `${here}0`
				}))
			);
			await subject.store().append(readings);
			const range = { t0: from, step: HOUR_MS, count: 5 };
			const filter = { layer: 'bike', attribute: 'availableBikeNumber', district: here };
			const inside = readings.filter((r) => r.district === here);
			await settleSent(subject);
			expect(shown(await subject.store().area(filter, range))).toEqual(expected(inside, range));
			subject.clock.now += 2 * HOUR_MS;
			await settle(subject);
			expect(shown(await subject.store().area(filter, range))).toEqual(expected(inside, range));
		});

		test('the city as it was: the last value at or before a moment, within reach', async () => {
			const [a, b, c] = [fresh(), fresh(), fresh()];
			const t = NOW - 2 * DAY_MS;
			await subject
				.store()
				.append([
					at(a, t - 60_000, 1),
					at(a, t, 2),
					at(a, t + 1, 3),
					at(b, t - 3 * DAY_MS, 4),
					at(c, t - 8 * DAY_MS, 5)
				]);
			await settle(subject);
			const last = await subject.store().at(t, { layer: 'bike' });
			const of = (key: SeriesKey) => last.filter(({ entity }) => entity === key.entity);
			expect(of(a)).toEqual([{ ...a, t, v: 2 }]);
			expect(of(b)).toEqual([{ ...b, t: t - 3 * DAY_MS, v: 4 }]);
			expect(of(c)).toEqual([]);
		});

		test('an export has every reading once, in order', async () => {
			const key = fresh();
			const from = NOW - 60 * HOUR_MS;
			const readings = minutely(key, from, 55 * 60);
			await subject.store().append(readings);
			await settle(subject);
			const rows: Reading[] = [];
			for await (const page of subject.store().export('bike', from, NOW)) {
				expect(page.length).toBeLessThanOrEqual(10_000);
				rows.push(...page.filter(({ entity }) => entity === key.entity));
			}
			expect(rows).toEqual(readings.filter(({ t }) => t < NOW));
		});

		test('imported readings of any age are answered at every step and never expire until forgotten', async () => {
			const system = `import${++made}`;
			const key = { entity: `bike-${system}-1`, attribute: 'availableBikeNumber' };
			const from = Date.UTC(2024, 2, 30, 12); // over the day in March that has 23 hours
			const readings = minutely(key, from, 48 * 60);
			async function* batches() {
				for (let i = 0; i < readings.length; i += 500) yield readings.slice(i, i + 500);
			}
			expect(await subject.store().import(batches())).toEqual({
				readings: readings.length,
				series: 1
			});
			expect(subject.store().knows(key.entity)).toBe(true);
			expect(subject.store().finest(key, from)).toBe(MINUTE_MS);
			subject.clock.now += 3 * HOUR_MS;
			await settle(subject);
			for (const step of [5 * MINUTE_MS, QUARTER_MS, HOUR_MS, DAY_MS]) {
				const range = { t0: from, step, count: Math.ceil((48 * HOUR_MS) / step) };
				expect(shown(await subject.store().buckets(key, range))).toEqual(expected(readings, range));
			}
			await subject.store().import(batches()); // again: nothing twice
			const all = { t0: from, step: 48 * HOUR_MS, count: 1 };
			expect(shown(await subject.store().buckets(key, all))[0]?.n).toBe(readings.length);
			expect(await subject.store().forget(system)).toBe(1);
			expect(subject.store().knows(key.entity)).toBe(false);
			expect(shown(await subject.store().buckets(key, all))[0]?.n).toBe(0);
		});

		test('an import into a live series joins what was read live', async () => {
			const system = `mixed${++made}`;
			const key = { entity: `bike-${system}-1`, attribute: 'availableBikeNumber' };
			const from = Math.floor((NOW - 3 * DAY_MS) / HOUR_MS) * HOUR_MS;
			const live = minutely(key, from + 2 * HOUR_MS, 240);
			await subject.store().append(live);
			await settle(subject);
			const imported = minutely(key, from, 180, (i) => i + 100);
			await subject.store().import(
				(async function* () {
					yield imported;
				})()
			);
			const late = at(key, from + 30_000, 7); // a live reading inside what is now kept
			await subject.store().append([late]);
			const both = [...live.filter(({ t }) => t >= from + 3 * HOUR_MS), ...imported, late];
			await answers(key, both, from, from + 8 * HOUR_MS);
		});

		test('raw readings expire, their rollups stay to their own end', async () => {
			const key = fresh();
			const t = NOW - 34 * DAY_MS;
			const readings = minutely(key, t, 60);
			await subject.store().append(readings);
			await settle(subject);
			const before = subject.clock.now;
			subject.clock.now += 3 * DAY_MS;
			if (subject.store().backend === 'sqlite') {
				await settle(subject);
				// A server expires by its own clock; this one is ours.
				expect((await subject.store().raw(key, t, t + HOUR_MS, 100)).v).toEqual([]);
			}
			const t0 = Math.floor(t / HOUR_MS) * HOUR_MS;
			const range = { t0, step: HOUR_MS, count: 2 };
			expect(shown(await subject.store().buckets(key, range))).toEqual(expected(readings, range));
			expect(subject.store().finest(key, t)).toBe(QUARTER_MS);
			subject.clock.now = before;
		});
	});
}

/** Sends on what waits without moving the clock; where nothing is sent on, nothing happens. */
async function settleSent(subject: Subject): Promise<void> {
	for (let i = 0; i < 1_000; i++) {
		const { queued } = subject.store().health();
		if (queued === 0 || subject.store().backend === 'sqlite') return;
		await subject.store().maintain(subject.clock.now);
	}
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WINDOWS, type WindowFigures, type WindowName } from '../../src/lib/districts/figures.ts';
import { figuresOf, SensorReadings, type Point } from './windows.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const MINUTE = 60_000;

interface Said extends Point {
	sensor: number;
}

/** The same from the whole list at once, in another way: the definition, sentence by sentence. */
function batch(
	all: readonly Said[],
	known: number,
	now: number,
	window: WindowName
): WindowFigures {
	const unique = new Map(all.map((said) => [`${said.sensor} ${said.attribute} ${said.t}`, said]));
	const within = [...unique.values()].filter(({ t }) => t > now - WINDOWS[window] && t <= now);
	const values = Object.fromEntries(
		[...Map.groupBy(within, ({ attribute }) => attribute)].map(([attribute, group]) => {
			const v = group.map(({ v }) => v).sort((a, b) => a - b);
			const at = (share: number) => {
				const rank = share * (v.length - 1);
				const [low, high] = [v[Math.floor(rank)] ?? NaN, v[Math.ceil(rank)] ?? NaN];
				return low * (1 - (rank % 1)) + high * (rank % 1);
			};
			return [
				attribute,
				{
					n: v.length,
					mean: v.reduce((sum, value) => sum + value / v.length, 0),
					median: at(0.5),
					min: Math.min(...v),
					max: Math.max(...v),
					p10: at(0.1),
					p90: at(0.9)
				}
			];
		})
	);
	const n = new Set(within.map(({ sensor }) => sensor)).size;
	return { n, coverage: n / known, values };
}

const said = fc.record({
	sensor: fc.nat(5),
	attribute: fc.constantFrom('no2', 'pm10'),
	t: fc.integer({ min: -80, max: 3 }).map((minutes) => NOW + minutes * MINUTE),
	v: fc.double({ min: 0, max: 400, noNaN: true })
});

test('shuffled, delayed and doubled streams give the figures of a batch, to 1e-9', () => {
	fc.assert(
		fc.property(
			fc
				.array(said, { maxLength: 200 })
				// One value for each sensor, attribute and time: another one would be a correction.
				.map((all) => [...new Map(all.map((s) => [`${s.sensor}${s.attribute}${s.t}`, s])).values()])
				.chain((all) =>
					fc.record({
						all: fc.constant(all),
						stream: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })
					})
				),
			({ all, stream }) => {
				const sensors = Array.from({ length: 6 }, () => new SensorReadings());
				for (const { sensor, ...point } of stream) sensors[sensor]?.add(point);
				// Some come before, some after a look in between: looking changes nothing.
				figuresOf(sensors, 6, NOW - 5 * MINUTE);
				for (const sensor of sensors) sensor.forget(NOW);
				const figures = figuresOf(sensors, 6, NOW);
				for (const window of Object.keys(WINDOWS) as WindowName[]) {
					const expected = batch(all, 6, NOW, window);
					const found = figures.windows[window];
					expect(found.n).toBe(expected.n);
					expect(found.coverage).toBeCloseTo(expected.coverage, 9);
					expect(Object.keys(found.values).sort()).toEqual(Object.keys(expected.values).sort());
					for (const [attribute, figure] of Object.entries(expected.values))
						for (const [name, value] of Object.entries<number>({ ...figure })) {
							const ours = found.values[attribute]?.[name as keyof typeof figure] ?? NaN;
							expect(Math.abs(ours - value)).toBeLessThanOrEqual(
								1e-9 * Math.max(1, Math.abs(value))
							);
						}
				}
			}
		),
		{ numRuns: 300 }
	);
});

test('a window holds its end and not its start; a repeat is no news, a correction is', () => {
	const sensor = new SensorReadings();
	const at = (t: number, v: number) => sensor.add({ attribute: 'no2', t, v });
	expect(at(NOW, 10)).toBe(true);
	expect(at(NOW, 10)).toBe(false);
	expect(at(NOW, 12)).toBe(true);
	at(NOW - WINDOWS.PT15M, 100);
	at(NOW - WINDOWS.PT1H, 1000);
	at(NOW + 1, 5);
	const { windows, t } = figuresOf([sensor], 2, NOW);
	expect(t).toBe(NOW / 1000);
	expect(windows.PT15M).toMatchObject({ n: 1, coverage: 0.5, values: { no2: { n: 1, mean: 12 } } });
	expect(windows.PT1H.values['no2']).toMatchObject({
		n: 2,
		mean: 56,
		min: 12,
		max: 100,
		median: 56
	});
});

test('what no window can hold any more is forgotten', () => {
	const sensor = new SensorReadings();
	sensor.add({ attribute: 'no2', t: NOW, v: 1 });
	expect(sensor.forget(NOW + 60 * MINUTE)).toBe(false);
	expect(sensor.forget(NOW + 61 * MINUTE)).toBe(true);
	expect([...sensor.points()]).toEqual([]);
});

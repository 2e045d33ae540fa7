import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merge, pack, unpack } from './codec.ts';
import { HOUR_MS } from './store.ts';

const start = Math.floor(Date.UTC(2026, 9, 25, 1) / HOUR_MS) * HOUR_MS;
const values = fc.oneof(
	fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
	fc.double({ noNaN: true, noDefaultInfinity: true }),
	fc.integer({ min: -1e6, max: 1e6 }).map((x) => x / 100),
	fc.constantFrom(-0, 0.1 + 0.2, 1e-300, Number.MAX_SAFE_INTEGER)
);
const hour = fc
	.uniqueArray(fc.tuple(fc.integer({ min: 0, max: HOUR_MS - 1 }), values), {
		selector: ([t]) => t,
		maxLength: 300
	})
	.map((rows) => rows.sort(([a], [b]) => a - b))
	.map((rows) => ({ t: rows.map(([t]) => start + t), v: rows.map(([, v]) => v) }));

test('an hour of readings comes out of its packing exactly as it went in, before 1970 too', () => {
	fc.assert(
		fc.property(hour, fc.constantFrom(0, -30 * 365 * 24 * HOUR_MS * 2), (points, shift) => {
			const moved = { t: points.t.map((t) => t + shift), v: points.v };
			expect(unpack(start + shift, pack(start + shift, moved))).toEqual(moved);
		}),
		{ numRuns: 500 }
	);
});

test('a reading a minute of a count takes at most 3 bytes', () => {
	const t = Array.from({ length: 60 }, (_, i) => start + i * 60_000);
	const v = t.map((_, i) => Math.round(15 + 10 * Math.sin(i / 9)));
	expect(pack(start, { t, v }).byteLength).toBeLessThanOrEqual(3 * 60);
});

test('a damaged hour is refused, not read as something else', () => {
	const packed = pack(start, { t: [start, start + 1], v: [1, 2] });
	expect(() => unpack(start, packed.subarray(0, packed.length - 1))).toThrow(RangeError);
});

test('merging keeps one reading per time, sorted, the last written', () => {
	const settled = { t: [1, 5, 9], v: [10, 50, 90] };
	expect(merge(settled, { t: [7, 5, 5, 12], v: [70, 51, 52, 120] })).toEqual({
		t: [1, 5, 7, 9, 12],
		v: [10, 52, 70, 90, 120]
	});
	expect(merge(settled, { t: [10, 11], v: [1, 2] }).t).toEqual([1, 5, 9, 10, 11]);
});

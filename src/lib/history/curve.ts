/** A column of figures; `null` is a gap, never zero. */
export type Column = readonly (number | null)[];

/** One number of one place over time: bucket `i` begins at `from + i * step` (ms). */
export interface Curve {
	from: number;
	step: number;
	mean: Column;
	min: Column;
	max: Column;
	/** How many readings each bucket holds. */
	n: readonly number[];
}

/** A usual week: 672 quarters of an hour from Monday 00:00 on the city's clock. */
export interface Week {
	/** In how many weeks each was seen. */
	n: readonly number[];
	p10: Column;
	p50: Column;
	p90: Column;
}

const WEEK_SLOTS = 672;

/** Reads an answer of `/api/v1/entities/{id}/history`, also one kept on the phone; undefined where it is not one. */
export function readCurve(json: unknown): Curve | undefined {
	const answer = record(json);
	const from = typeof answer?.['t0'] === 'string' ? Date.parse(answer['t0']) : NaN;
	const step = answer?.['step'];
	const [mean, min, max] = ['mean', 'min', 'max'].map((name) => column(answer?.[name]));
	const n = counts(answer?.['n']);
	if (Number.isNaN(from) || typeof step !== 'number' || step <= 0) return undefined;
	if (!mean || !min || !max || !n) return undefined;
	if ([mean, min, max].some(({ length }) => length !== n.length)) return undefined;
	return { from, step: step * 1000, mean, min, max, n };
}

/** Reads an answer of `/api/v1/entities/{id}/typical`. */
export function readWeek(json: unknown): Week | undefined {
	const answer = record(json);
	const [p10, p50, p90] = ['p10', 'p50', 'p90'].map((name) => column(answer?.[name]));
	const n = counts(answer?.['n']);
	if (!p10 || !p50 || !p90 || !n) return undefined;
	if ([p10, p50, p90, n].some(({ length }) => length !== WEEK_SLOTS)) return undefined;
	return { n, p10, p50, p90 };
}

/** The same curve in another unit. */
export function scaled(curve: Curve, factor: number): Curve {
	if (factor === 1) return curve;
	const times = (column: Column) => column.map((v) => (v === null ? null : v * factor));
	return { ...curve, mean: times(curve.mean), min: times(curve.min), max: times(curve.max) };
}

/** The start of bucket `i`, ms. */
export const startOf = ({ from, step }: Curve, i: number): number => from + i * step;

/** Where the curve ends, ms. */
export const endOf = (curve: Curve): number => startOf(curve, curve.n.length);

/**
 * The buckets that a line may join, in runs: two that hold values belong together where what lies between them is no
 * longer than `reach` (ms), for which a value stays true. A longer silence is a gap, and is drawn as one.
 */
export function runs(column: Column, step: number, reach: number): number[][] {
	const found: number[][] = [];
	let last = -Infinity;
	column.forEach((value, i) => {
		if (value === null) return;
		if ((i - last) * step > Math.max(step, reach)) found.push([]);
		found.at(-1)?.push(i);
		last = i;
	});
	return found;
}

function record(json: unknown): Record<string, unknown> | undefined {
	return typeof json === 'object' && json !== null ? { ...json } : undefined;
}

function column(json: unknown): Column | undefined {
	const isColumn = (value: unknown): value is Column =>
		Array.isArray(value) && value.every((v) => v === null || Number.isFinite(v));
	return isColumn(json) ? json : undefined;
}

function counts(json: unknown): readonly number[] | undefined {
	const numbers = column(json);
	return numbers?.every((v) => v !== null) ? numbers.map((v) => v ?? 0) : undefined;
}

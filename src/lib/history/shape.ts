import { runs, startOf, type Column, type Curve } from './curve.ts';
import type { Scale } from './scale.ts';
import { roundTicks } from './scale.ts';
import type { Quantity } from './quantity.ts';
import type { Usual } from './usual.ts';

/** The newest value, and how its time is said: « maintenant », « 11 h 00 ». */
export interface Here {
	t: number;
	v: number;
	word: string;
}

/**
 * Where bucket `i` stands: in its middle. The one that is still open stands in the middle of what has gone by, left of the
 * value of now.
 */
export function middle(curve: Curve, i: number, here: Here | undefined): number {
	const start = startOf(curve, i);
	const open = here && here.t >= start && here.t < start + curve.step;
	return start + (open ? here.t - start : curve.step) / 2;
}

/** The figures of the vertical axis: all that is drawn lies between the first and the last. */
export function levels(
	curve: Curve,
	usual: Usual | undefined,
	here: Here | undefined,
	as: Quantity
): number[] {
	const drawn = [
		...(usual ? [...usual.low, ...usual.high, ...curve.mean] : [...curve.min, ...curve.max]),
		here?.v ?? null
	].filter((value) => value !== null);
	const low = Math.min(...drawn, ...(as.fromZero ? [0] : []));
	const high = Math.max(...drawn);
	// A flat line stands in the middle of its axis, not on its edge.
	const [from, to] = low === high ? [as.fromZero ? low : low - 1, high + 1] : [low, high];
	return roundTicks(from, to, as.whole);
}

const point = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A line through a column, broken at its gaps; a value alone is a dot (a line of no length, with round ends). */
export function linePath(
	column: Column,
	{
		step,
		reach,
		x,
		y,
		end
	}: {
		step: number;
		reach: number;
		x: (i: number) => number;
		y: Scale;
		/** Drawn after the last run, where it is near enough. */
		end?: (Here & { x: number; near: boolean }) | undefined;
	}
): string {
	const lines = runs(column, step, reach).map((run) => {
		const points = run.map((i) => point(x(i), y(column[i] ?? 0)));
		return points.length === 1 ? `M${points[0]}h.01` : `M${points.join('L')}`;
	});
	if (end?.near && lines.length > 0) lines[lines.length - 1] += `L${point(end.x, y(end.v))}`;
	return lines.join('');
}

/** The band between two columns, broken at the gaps; a bucket alone is as wide as its step. */
export function bandPath(
	low: Column,
	high: Column,
	{
		step,
		reach,
		x,
		y,
		width
	}: {
		step: number;
		reach: number;
		x: (i: number) => number;
		y: Scale;
		/** Of one bucket, px. */
		width: number;
	}
): string {
	return runs(low, step, reach)
		.map((run) => {
			const corners = run.map((i) => ({ x: x(i), low: y(low[i] ?? 0), high: y(high[i] ?? 0) }));
			const [only] = corners;
			if (corners.length === 1 && only) {
				const half = Math.max(1.5, width / 2);
				corners.splice(0, 1, { ...only, x: only.x - half }, { ...only, x: only.x + half });
			}
			const over = corners.map((c) => point(c.x, c.high));
			const under = corners.map((c) => point(c.x, c.low)).reverse();
			return `M${[...over, ...under].join('L')}Z`;
		})
		.join('');
}

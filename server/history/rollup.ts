import type { Buckets, Range } from './store.ts';

/** Count, sum, least and greatest of the readings of one slot. */
export interface Rollup {
	n: number;
	sum: number;
	min: number;
	max: number;
}

export function emptyBuckets({ t0, step, count }: Range): Buckets {
	return {
		t0,
		step,
		count,
		n: new Float64Array(count),
		sum: new Float64Array(count),
		min: new Float64Array(count).fill(Infinity),
		max: new Float64Array(count).fill(-Infinity)
	};
}

/** Adds what was read at `t` (a slot's start, or one reading's time) to the bucket it falls in; outside: nothing. */
export function add(into: Buckets, t: number, n: number, sum: number, min: number, max: number) {
	const i = Math.floor((t - into.t0) / into.step);
	if (i < 0 || i >= into.count || n === 0) return;
	into.n[i] = (into.n[i] ?? 0) + n;
	into.sum[i] = (into.sum[i] ?? 0) + sum;
	into.min[i] = Math.min(into.min[i] ?? Infinity, min);
	into.max[i] = Math.max(into.max[i] ?? -Infinity, max);
}

/** Rollups of readings in slots of `step` ms, by the start of each slot, oldest first where the readings are. */
export function rollUp(
	t: ArrayLike<number>,
	v: ArrayLike<number>,
	step: number
): Map<number, Rollup> {
	const slots = new Map<number, Rollup>();
	for (let i = 0; i < t.length; i++) {
		const time = t[i] ?? 0;
		const value = v[i] ?? 0;
		const start = time - (((time % step) + step) % step);
		const slot = slots.get(start);
		if (!slot) slots.set(start, { n: 1, sum: value, min: value, max: value });
		else {
			slot.n++;
			slot.sum += value;
			if (value < slot.min) slot.min = value;
			if (value > slot.max) slot.max = value;
		}
	}
	return slots;
}

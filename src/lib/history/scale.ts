/** A straight rule from figures to pixels. */
export interface Scale {
	(value: number): number;
	/** From pixels to figures. */
	back(px: number): number;
}

export function linear([from, to]: [number, number], [start, end]: [number, number]): Scale {
	const slope = (end - start) / (to - from || 1);
	return Object.assign((value: number) => start + (value - from) * slope, {
		back: (px: number) => from + (px - start) / slope
	});
}

const MOST_STEPS = 5;

/**
 * Round figures that hold `low` to `high`, two to five steps: the axis begins with the first and ends with the last.
 * Little empty room counts most, few lines next. `whole`: what is counted has no halves.
 */
export function roundTicks(low: number, high: number, whole = false): number[] {
	const span = high - low || Math.abs(high) || 1;
	const power = 10 ** Math.floor(Math.log10(span / MOST_STEPS));
	let best: { by: number; first: number; last: number; cost: number } | undefined;
	for (const digit of [1, 2, 5, 10, 20]) {
		const by = whole ? Math.max(1, Math.round(digit * power)) : digit * power;
		const first = Math.floor(low / by + 1e-9);
		const last = Math.max(first + 1, Math.ceil(high / by - 1e-9));
		const steps = last - first;
		const cost = (steps * by - span) / span + steps / 50 + (steps < 2 ? 0.5 : 0);
		if (steps <= MOST_STEPS && (!best || cost < best.cost)) best = { by, first, last, cost };
	}
	const { by, first, last } = best ?? { by: span, first: 0, last: 1 };
	// Tenths are not exact in binary: 3 × 0.1 must read 0.3.
	return Array.from({ length: last - first + 1 }, (_, i) =>
		Number(((first + i) * by).toPrecision(12))
	);
}

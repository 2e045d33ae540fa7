import type { Layer } from './define-layer.ts';

export type Freshness = 'fresh' | 'stale' | 'dead';

/**
 * How far a value observed at `observed` (ms) can be trusted at `now`: fresh to its layer's limit, stale to three times
 * that, then dead. An attribute with rules of its own (`keeps`) follows them.
 */
export function freshness(
	layer: Layer,
	attribute: string,
	observed: number,
	now: number
): Freshness {
	const limit = layer.freshSeconds * 1000;
	const { freshUntil, staleUntil } = layer.attributes[attribute]?.keeps?.(observed) ?? {
		freshUntil: observed + limit,
		staleUntil: observed + 3 * limit
	};
	return now <= freshUntil ? 'fresh' : now <= staleUntil ? 'stale' : 'dead';
}

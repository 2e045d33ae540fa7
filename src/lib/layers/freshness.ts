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
	const { freshUntil, staleUntil } = ends(layer, attribute, observed);
	return now <= freshUntil ? 'fresh' : now <= staleUntil ? 'stale' : 'dead';
}

/** Until when a value observed at `observed` is fresh, ms. */
export const freshUntil = (layer: Layer, attribute: string, observed: number): number =>
	ends(layer, attribute, observed).freshUntil;

function ends(layer: Layer, attribute: string, observed: number) {
	const limit = layer.freshSeconds * 1000;
	return (
		layer.attributes[attribute]?.keeps?.(observed) ?? {
			freshUntil: observed + limit,
			staleUntil: observed + 3 * limit
		}
	);
}

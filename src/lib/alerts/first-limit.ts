import type { Layer } from '../layers/define-layer.ts';
import type { Rule } from './rule.ts';
import { isShare } from './words.ts';

type Limit = Pick<Rule, 'op' | 'value'>;

/** The rank from which a level is one that people want to hear of: 0 is best, 1 still ordinary. */
const UNPLEASANT = 2;
/** Bounds the search for it in a range as wide as a pressure's. */
const STEPS = 2_000;

/**
 * The limit a new alert starts from, so that it makes sense before anyone changes it: few left of what is counted, where
 * it gets unpleasant by the layer's own levels, frost, nearly full; else more than now. Undefined: nothing to go by.
 */
export function firstLimit(layer: Layer, name: string, seen: unknown): Limit | undefined {
	const attribute = layer.attributes[name];
	if (!attribute) return undefined;
	if (attribute.noun) return { op: 'below', value: 3 };
	if (isShare(attribute)) return { op: 'above', value: 0.8 };
	const { range, resolution = 1 } = attribute;
	if (range && layer.level) {
		const step = Math.max(resolution, (range.max - range.min) / STEPS);
		for (let value = range.min; value <= range.max; value += step) {
			const rank = layer.level({ [name]: value })?.rank;
			if (rank === undefined) break; // not judged by this one alone
			if (rank >= UNPLEASANT) {
				if (value === range.min) break; // bad from the start: a scale that runs the other way
				return { op: 'above', value };
			}
		}
	}
	if (attribute.unit === '°C') return { op: 'below', value: 0 };
	return typeof seen === 'number'
		? { op: 'above', value: Math.ceil(seen / resolution) * resolution }
		: undefined;
}

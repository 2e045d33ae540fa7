import { expect, test } from 'vitest';
import { layers } from '../layers/index.ts';
import { firstLimit } from './first-limit.ts';
import { watchable } from './rule.ts';

const start = (id: string, name: string, seen?: number) => {
	const layer = layers.find((each) => each.id === id);
	return layer && firstLimit(layer, name, seen);
};

test('a new alert starts from a limit that makes sense for what it watches', () => {
	expect(start('bike', 'availableBikeNumber', 12)).toEqual({ op: 'below', value: 3 });
	expect(start('noise', 'LAeq', 66)).toEqual({ op: 'above', value: 68 });
	expect(start('noise', 'LAmax', 77)).toEqual({ op: 'above', value: 77 });
	expect(start('weather', 'temperature', 12.5)).toEqual({ op: 'below', value: 0 });
	expect(start('noise', 'LAmax')).toBeUndefined();
});

test('the first limit of every layer is one its own attribute can hold', () => {
	for (const layer of layers)
		for (const [name, { range }] of watchable(layer)) {
			const limit = firstLimit(layer, name, range?.min);
			if (!limit || !range) continue;
			expect(limit.value, `${layer.id} ${name}`).toBeGreaterThanOrEqual(range.min);
			expect(limit.value, `${layer.id} ${name}`).toBeLessThanOrEqual(range.max);
		}
});

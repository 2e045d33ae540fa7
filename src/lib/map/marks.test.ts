import { expect, test } from 'vitest';
import { bike } from '../layers/bike/layer.ts';
import { weather } from '../layers/weather/layer.ts';
import type { Layer, Values } from '../layers/define-layer.ts';
import { shownAttribute } from '../layers/entity.ts';
import { figureOf } from './figure.ts';
import { drawMarks, markOf } from './marks.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const MINUTE = 60_000;

/** What a mark is made from, observed so many minutes ago. */
function place(layer: Layer, values: Record<string, number>, minutes: number) {
	const times = Object.fromEntries(
		Object.keys(values).map((name) => [name, now - minutes * MINUTE])
	);
	const known: Values = values;
	return { layer, times, shown: shownAttribute(layer, known), level: layer.level?.(known) };
}

test('a level is told by its shape as well as by its colour', () => {
	const shape = (bikes: number) =>
		markOf(place(bike, { availableBikeNumber: bikes, freeSlotNumber: 5 }, 1), now).shape;
	expect([shape(12), shape(2), shape(0)]).toEqual(['circle', 'triangle', 'square']);
});

test('a value that is no longer fresh is a dashed ring, whatever it was', () => {
	const full = { availableBikeNumber: 12, freeSlotNumber: 5 };
	expect(markOf(place(bike, full, 9), now).fresh).toBe(true);
	expect(markOf(place(bike, full, 11), now)).toEqual({
		shape: 'ring',
		color: 'dead',
		fresh: false
	});
	expect(markOf(place(bike, {}, 1), now).fresh).toBe(false);
});

test('a measure nobody judges is a plain ring', () => {
	expect(markOf(place(weather, { temperature: 14 }, 1), now)).toEqual({
		shape: 'ring',
		color: 'plain',
		fresh: true
	});
});

test('marks that look the same share one path, outdated ones below', () => {
	const at: [number, number] = [10, 10];
	const drawn = drawMarks(
		[
			{ place: place(bike, { availableBikeNumber: 12 }, 1), at },
			{ place: place(bike, { availableBikeNumber: 9 }, 1), at },
			{ place: place(bike, { availableBikeNumber: 9 }, 60), at }
		],
		now,
		6
	);
	expect(drawn.map(({ mark }) => mark.fresh)).toEqual([false, true]);
	expect(drawn[1]?.d.match(/M/g)).toHaveLength(2);
});

test('a figure says its noun or unit', () => {
	expect(figureOf(bike, 'availableBikeNumber', 7)).toMatch(/^7 vélos$/);
	expect(figureOf(bike, 'availableBikeNumber', 1)).toMatch(/^1 vélo$/);
	expect(figureOf(weather, 'temperature', 14.3)).toBe('14,3 °C');
	expect(figureOf(weather, 'temperature', null)).toBe('');
});

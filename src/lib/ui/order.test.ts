import { expect, test } from 'vitest';
import type { Position } from '../geo.ts';
import { byDistance, FrozenOrder } from './order.ts';

const capitole: Position = [1.4442, 43.6045];
const at = (id: string, east: number) => ({ id, location: [1.4442 + east, 43.6045] as Position });

test('the nearest comes first, ties by id, what has no position last', () => {
	const places = [{ id: 'x', location: undefined }, at('c', 0.002), at('b', 0.001), at('a', 0.001)];
	expect(byDistance(places, capitole).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'x']);
});

test('a new place goes to the end even when it is nearer, until the person asks for another order', () => {
	const order = new FrozenOrder<ReturnType<typeof at>>();
	const ids = (places: ReturnType<typeof at>[], because: unknown) =>
		order.arrange(places, capitole, because).map(({ id }) => id);
	expect(ids([at('far', 0.01), at('near', 0.001)], 1)).toEqual(['near', 'far']);
	expect(ids([at('newest', 0), at('far', 0.01), at('near', 0.001)], 1)).toEqual([
		'near',
		'far',
		'newest'
	]);
	expect(ids([at('newest', 0), at('near', 0.001)], 1)).toEqual(['near', 'newest']);
	expect(ids([at('newest', 0), at('far', 0.01), at('near', 0.001)], 2)).toEqual([
		'newest',
		'near',
		'far'
	]);
});

test('a place that moved keeps its rank while nobody asks', () => {
	const order = new FrozenOrder<ReturnType<typeof at>>();
	order.arrange([at('a', 0.001), at('b', 0.002)], capitole, 'same');
	const moved = order.arrange([at('a', 0.009), at('b', 0.002)], capitole, 'same');
	expect(moved.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('a list in which nothing moved is the same list', () => {
	const order = new FrozenOrder<ReturnType<typeof at>>();
	const places = [at('a', 0.001), at('b', 0.002)];
	const first = order.arrange(places, capitole, 'same');
	expect(order.arrange([...places], capitole, 'same')).toBe(first);
	expect(order.arrange(places.slice(1), capitole, 'same')).not.toBe(first);
});

import { expect, test } from 'vitest';
import { toState, type Entity } from '../../src/lib/layers/entity.ts';
import { register } from '../../src/lib/layers/index.ts';
import { topics } from '../../src/lib/topics.ts';
import { silent } from '../log.ts';
import { City } from './city.ts';

const layers = register();
const t0 = Date.parse('2026-11-22T10:00:00Z');

function city() {
	const picture = new City(layers, silent, 'test');
	const take = (id: string, bikes: number | null, over: Partial<Entity> = {}) => {
		const layer = layers.get('bike');
		if (!layer) throw new Error('no bike layer');
		const entity: Entity = {
			id,
			layer: 'bike',
			name: undefined,
			location: [1.4442, 43.6045],
			address: undefined,
			values: { availableBikeNumber: bikes },
			times: { availableBikeNumber: t0 },
			observed: t0,
			received: t0,
			source: undefined,
			simulated: false,
			quality: 'ok',
			...over
		};
		picture.take({ topic: topics.state('bike', id), payload: Buffer.from(toState(layer, entity)) });
	};
	const remove = (id: string) =>
		picture.take({ topic: topics.state('bike', id), payload: Buffer.alloc(0) });
	return { picture, take, remove };
}

test('a cursor gives what arrived after it, once, and what is gone', () => {
	const { picture, take, remove } = city();
	take('bike-test-1', 1);
	take('bike-test-2', 2);
	const { cursor } = picture;
	expect(picture.since(cursor)).toEqual({ entities: [], removed: [], cursor, reset: false });
	take('bike-test-2', 3, { received: t0 + 1 });
	remove('bike-test-1');
	const changes = picture.since(cursor);
	expect(changes.entities.map(({ id }) => id)).toEqual(['bike-test-2']);
	expect(changes.removed).toEqual(['bike-test-1']);
	expect(picture.since(changes.cursor)).toMatchObject({ entities: [], removed: [], reset: false });
});

test.each(['', 'other.1', 'test.999', 'test.-1', 'test.x', 'test'])(
	'the cursor %j cannot be honoured: the whole city is answered with reset',
	(cursor) => {
		const { picture, take } = city();
		take('bike-test-1', 1);
		expect(picture.since(cursor)).toMatchObject({ entities: [{ id: 'bike-test-1' }], reset: true });
	}
);

test('an older state that arrives last changes nothing', () => {
	const { picture, take } = city();
	take('bike-test-1', 5, { received: t0 + 1_000 });
	take('bike-test-1', 1, { received: t0 });
	expect(picture.get('bike-test-1')?.values).toEqual({ availableBikeNumber: 5 });
});

test('a box holds what lies in it; what has no place lies in none', () => {
	const { picture, take } = city();
	take('bike-test-1', 1);
	take('bike-test-2', 1, { location: [1.5, 43.7] });
	take('bike-test-3', 1, { location: undefined });
	expect(picture.list({ bbox: [1.4, 43.5, 1.46, 43.65] }).map(({ id }) => id)).toEqual([
		'bike-test-1'
	]);
	expect(picture.list().map(({ id }) => id)).toEqual(['bike-test-1', 'bike-test-2', 'bike-test-3']);
	expect(picture.list({ layer: 'parking' })).toEqual([]);
});

test('what is not a state of a known layer is left aside', () => {
	const { picture } = city();
	for (const [topic, payload] of [
		['capitoul/v1/state/bike/bike-test-1', '{'],
		['capitoul/v1/state/bike/bike-test-1', '{"availableBikeNumber":"x"}'],
		['capitoul/v1/state/lions/lions-test-1', '{}'],
		['capitoul/v1/live/bike/spc00e', '{}']
	] as const)
		picture.take({ topic, payload: Buffer.from(payload) });
	expect(picture.size).toBe(0);
});

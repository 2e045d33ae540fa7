import { expect, test, vi } from 'vitest';
import { bike } from '../../src/lib/layers/bike/layer.ts';
import type * as entityModule from '../../src/lib/layers/entity.ts';
import { register } from '../../src/lib/layers/index.ts';
import { formatTime } from '../../src/lib/time.ts';
import { topics } from '../../src/lib/topics.ts';
import { City } from '../city/city.ts';
import { silent } from '../log.ts';
import { entitiesAnswer, featureJson, oneFeatureJson, type EntitiesQuery } from './entities.ts';

const NOW = Date.parse('2026-11-22T09:00:00Z');

interface Answer {
	numberMatched: number;
	numberReturned: number;
	cursor: string;
	next: string | null;
	reset?: boolean;
	removed?: string[];
	features: entityModule.EntityFeature[];
}

function town() {
	const known = register();
	const city = new City(known, silent);
	let received = NOW;
	const put = (id: string, values: Record<string, unknown> = {}) =>
		city.take({
			topic: topics.state(id.split('-')[0] ?? '', id),
			payload: Buffer.from(
				JSON.stringify({
					location: { type: 'Point', coordinates: [1.44, 43.6] },
					dateObserved: formatTime(NOW),
					receivedAt: formatTime(++received),
					simulated: false,
					quality: 'ok',
					...values
				})
			)
		});
	const remove = (id: string) =>
		city.take({ topic: topics.state(id.split('-')[0] ?? '', id), payload: Buffer.alloc(0) });
	const answer = (query: EntitiesQuery, now = NOW) => {
		const { body, etag } = entitiesAnswer({ city, register: known }, query, now);
		return { etag, ...(JSON.parse(body) as Answer) };
	};
	/** Follows a `next` as a client would. */
	const follow = (next: string | null) => {
		const params = Object.fromEntries(new URL(next ?? '', 'http://x').searchParams);
		return answer({
			...params,
			layer: params['layer']?.split(','),
			limit: Number(params['limit'])
		});
	};
	return { city, put, remove, answer, follow };
}

const idsOf = ({ features }: Answer) => features.map(({ id }) => id);

test('pages follow each other by id and miss nothing when the city changes between them', () => {
	const { put, remove, answer, follow } = town();
	for (const n of [3, 1, 5, 2, 4]) put(`bike-toulouse-${n}`);
	const first = answer({ limit: 2 });
	expect(idsOf(first)).toEqual(['bike-toulouse-1', 'bike-toulouse-2']);
	expect(first).toMatchObject({ numberMatched: 5, numberReturned: 2 });
	remove('bike-toulouse-2');
	put('bike-toulouse-0');
	const second = follow(first.next);
	expect(idsOf(second)).toEqual(['bike-toulouse-3', 'bike-toulouse-4']);
	const third = follow(second.next);
	expect(idsOf(third)).toEqual(['bike-toulouse-5']);
	expect(third.next).toBeNull();
	// The last page carries the first one's cursor, so what changed between them is still to come.
	expect(third.cursor).toBe(first.cursor);
	const changes = answer({ since: third.cursor });
	expect(idsOf(changes)).toEqual(['bike-toulouse-0']);
	expect(changes).toMatchObject({ removed: ['bike-toulouse-2'], reset: false });
});

test('since tells only what arrived after it, of the layers asked', () => {
	const { put, remove, answer } = town();
	put('bike-toulouse-1');
	put('parking-toulouse-1');
	const { cursor } = answer({});
	expect(idsOf(answer({ since: cursor }))).toEqual([]);
	put('bike-toulouse-1', { availableBikeNumber: 3 });
	remove('parking-toulouse-1');
	expect(answer({ since: cursor })).toMatchObject({ removed: ['parking-toulouse-1'] });
	expect(idsOf(answer({ since: cursor }))).toEqual(['bike-toulouse-1']);
	expect(answer({ since: cursor, layer: ['air'] })).toMatchObject({ removed: [], features: [] });
});

test('a cursor of another run is answered in full, and its further pages do not start again', () => {
	const { put, answer, follow } = town();
	for (const n of [1, 2, 3]) put(`bike-toulouse-${n}`);
	const first = answer({ since: 'elsewhere.12', limit: 2 });
	expect(first).toMatchObject({ reset: true, numberMatched: 3 });
	const second = follow(first.next);
	expect(idsOf(second)).toEqual(['bike-toulouse-3']);
	expect(second.reset).toBeUndefined();
});

test('layers, a box and a missing position are respected', () => {
	const { put, answer } = town();
	put('bike-toulouse-1');
	put('bike-toulouse-2', { location: undefined });
	put('air-atmo-1', { location: { type: 'Point', coordinates: [1.5, 43.7] } });
	put('weather-toulouse-1');
	expect(idsOf(answer({ layer: ['air', 'bike'] }))).toEqual([
		'air-atmo-1',
		'bike-toulouse-1',
		'bike-toulouse-2'
	]);
	expect(idsOf(answer({ bbox: [1.43, 43.59, 1.45, 43.61] }))).toEqual([
		'bike-toulouse-1',
		'weather-toulouse-1'
	]);
	expect(answer({ layer: ['bike'] }).features[1]?.geometry).toBeNull();
});

test('an unknown layer and since with a box have codes of their own', () => {
	const { answer } = town();
	expect(() => answer({ layer: ['bikes'] })).toThrow(
		expect.objectContaining({ code: 'layer_unknown' })
	);
	expect(() => answer({ since: 'x.1', bbox: [0, 0, 1, 1] })).toThrow(
		expect.objectContaining({ code: 'since_with_bbox' })
	);
});

test('the tag changes with what is shown and with freshness, and with nothing else', () => {
	const { put, answer } = town();
	put('bike-toulouse-1', { availableBikeNumber: 3 });
	const query = { layer: ['bike'] };
	const { etag } = answer(query);
	put('weather-toulouse-1');
	expect(answer(query).etag).toBe(etag);
	expect(answer(query, NOW + 9 * 60_000).etag).toBe(etag);
	expect(answer(query, NOW + 11 * 60_000).etag).not.toBe(etag);
	put('bike-toulouse-1', { availableBikeNumber: 4 });
	expect(answer(query).etag).not.toBe(etag);
});

test('an entity is serialised again only when it changes or its freshness turns', () => {
	const { city, put } = town();
	put('bike-toulouse-1', { availableBikeNumber: 3 });
	const serialise = vi.spyOn(JSON, 'stringify');
	const json = (now: number) => {
		const entity = city.get('bike-toulouse-1');
		return entity ? featureJson(bike, entity, now) : '';
	};
	try {
		const fresh = json(NOW);
		for (let minute = 1; minute <= 10; minute++) expect(json(NOW + minute * 60_000)).toBe(fresh);
		expect(serialise).toHaveBeenCalledTimes(1);
		expect(json(NOW + 20 * 60_000)).toContain('"freshness":"stale"');
		expect(json(NOW + 31 * 60_000)).toContain('"freshness":"dead"');
	} finally {
		serialise.mockRestore();
	}
	put('bike-toulouse-1', { availableBikeNumber: 4 });
	expect(json(NOW)).toContain('"availableBikeNumber":4');
});

test('one entity tells how many of its messages never came; a list does not', () => {
	const { city, put, answer } = town();
	put('bike-toulouse-1', { gaps: 3 });
	put('bike-toulouse-2');
	const gaps = (id: string) => {
		const entity = city.get(id);
		return entity && (JSON.parse(oneFeatureJson(bike, entity, NOW)) as { gaps: number }).gaps;
	};
	expect(gaps('bike-toulouse-1')).toBe(3);
	expect(gaps('bike-toulouse-2')).toBe(0);
	expect(JSON.stringify(answer({}).features)).not.toContain('gaps');
});

import { expect, test } from 'vitest';
import { bike } from '../layers/bike/layer.ts';
import { parking } from '../layers/parking/layer.ts';
import type { EntityFeature } from '../layers/entity.ts';
import { readFrame } from './frame.ts';
import { Place } from './place.svelte.ts';

const id = 'bike-toulouse-2';
const feature = (properties: Record<string, unknown>): EntityFeature => ({
	type: 'Feature',
	id,
	geometry: { type: 'Point', coordinates: [1.4442, 43.6045] },
	properties: {
		id,
		layer: 'bike',
		name: 'Lafayette',
		receivedAt: properties['dateObserved'],
		...properties
	}
});
const seconds = (iso: string) => Date.parse(iso) / 1000;
const frame = (row: unknown[], layer = bike, t = Number(row[0])) =>
	readFrame(JSON.stringify({ t, e: { [id]: row } }), layer.live)?.entries.get(id);

function permutations<T>(items: readonly T[]): T[][] {
	if (items.length < 2) return [[...items]];
	return items.flatMap((item, i) =>
		permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest])
	);
}

test('the same news in any order, and any of it twice, leaves the same place', () => {
	const news: ((place: Place) => void)[] = [
		(place) =>
			place.take(
				feature({
					availableBikeNumber: 7,
					freeSlotNumber: 3,
					totalSlotNumber: null,
					dateObserved: '2026-11-22T09:00:00Z'
				})
			),
		(place) => {
			// Bikes at 9:02; docks are older, the rest was never known.
			const entry = frame([
				seconds('2026-11-22T09:02:00Z'),
				5,
				[4, seconds('2026-11-22T09:01:00Z')],
				null
			]);
			if (entry) place.takeEntry(entry);
		},
		(place) => {
			// A first reading of the capacity, older than all the rest.
			const entry = frame(
				[
					seconds('2026-11-22T09:02:00Z'),
					5,
					[4, seconds('2026-11-22T09:01:00Z')],
					[20, seconds('2026-11-22T08:30:00Z')]
				],
				bike,
				seconds('2026-11-22T09:02:30Z')
			);
			if (entry) place.takeEntry(entry);
		}
	];
	for (const order of permutations([...news, ...news.slice(0, 1)])) {
		const place = new Place(id, bike);
		for (const take of order) take(place);
		expect(place.values).toMatchObject({
			availableBikeNumber: 5,
			freeSlotNumber: 4,
			totalSlotNumber: 20
		});
		expect(place.times).toMatchObject({
			availableBikeNumber: Date.parse('2026-11-22T09:02:00Z'),
			freeSlotNumber: Date.parse('2026-11-22T09:01:00Z'),
			totalSlotNumber: Date.parse('2026-11-22T08:30:00Z')
		});
		expect(place.observed).toBe(Date.parse('2026-11-22T09:02:00Z'));
	}
});

test('a value that became unknown is unknown, and its return is taken', () => {
	const place = new Place(id, bike);
	place.take(feature({ availableBikeNumber: 7, dateObserved: '2026-11-22T09:00:00Z' }));
	place.takeEntry(frame([seconds('2026-11-22T09:01:00Z'), null]) ?? never());
	expect(place.values['availableBikeNumber']).toBeNull();
	place.takeEntry(frame([seconds('2026-11-22T09:02:00Z'), 2]) ?? never());
	expect(place.values['availableBikeNumber']).toBe(2);
});

test('within one second the last word stands, and the finer time is kept', () => {
	const place = new Place(id, bike);
	place.take(feature({ availableBikeNumber: 7, dateObserved: '2026-11-22T09:00:00.400Z' }));
	place.takeEntry(frame([seconds('2026-11-22T09:00:00Z'), 6]) ?? never());
	expect(place.values['availableBikeNumber']).toBe(6);
	expect(place.times['availableBikeNumber']).toBe(Date.parse('2026-11-22T09:00:00.400Z'));
});

test('what does not change tells so, arrays included', () => {
	const place = new Place('parking-toulouse-capitole', parking);
	const row = [seconds('2026-11-22T09:00:00Z'), 342, 1020, 0.66, [['open', 'spacesAvailable']]];
	const entry = frame(row, parking) ?? never();
	expect(place.takeEntry(entry)).toBe(true);
	expect(place.values['status']).toEqual(['open', 'spacesAvailable']);
	expect(place.takeEntry(frame(row, parking) ?? never())).toBe(false);
});

test('a name kept on the phone does not undo the server’s newer one', () => {
	const place = new Place(id, bike);
	place.take(feature({ dateObserved: '2026-11-22T09:00:00Z' }));
	const old = {
		...place.saved(),
		name: 'Ancien nom',
		received: Date.parse('2026-11-01T00:00:00Z')
	};
	place.restore(old);
	expect(place.name).toBe('Lafayette');
});

test('a frame that is not one is left aside; an entry that cannot be read costs only itself', () => {
	for (const bad of ['nonsense', '[]', '{"t":1}', '{"e":{}}', '{"t":"1","e":{}}'])
		expect(readFrame(bad, bike.live)).toBeUndefined();
	const read = readFrame('{"t":1,"e":{"a":[],"b":"x","c":[5,{"x":1},2]},"more":true}', bike.live);
	expect(read?.more).toBe(true);
	expect([...(read?.entries.keys() ?? [])]).toEqual(['c']);
	expect(read?.entries.get('c')?.values).toEqual({ freeSlotNumber: 2 });
});

function never(): never {
	throw new Error('the frame could not be read');
}

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTime } from '../../src/lib/time.ts';
import { samples } from '../testing/real.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { datasetOf, odsPoint, odsRows } from './ods.ts';
import { parsePortalBikes } from './opendatasoft.ts';

type Fields = Record<string, unknown>;
const rows = fixture<Fields[]>('portal-bikes.v2.1.json');

const envelopes: Record<string, unknown> = {
	'v2.1 records': { total_count: 10, results: rows },
	'v2.1 export': rows,
	'v2.0': {
		total_count: 10,
		links: [],
		records: rows.map((fields) => ({ record: { id: 'x', fields } }))
	},
	v1: {
		nhits: 10,
		records: rows.map((fields) => {
			const { lon, lat } = fields['position'] as { lon: number; lat: number };
			const known = Object.entries(fields).filter(([, value]) => value !== null);
			return {
				datasetid: 'x',
				recordid: 'x',
				fields: { ...Object.fromEntries(known), position: [lat, lon] },
				geometry: { type: 'Point', coordinates: [lon, lat] }
			};
		})
	}
};

describe.each(Object.entries(envelopes))('portal bikes, %s', (_, answer) => {
	const { records, bad } = parsePortalBikes(odsRows(answer).rows, sourceOf());
	const patch = (ref: number) => records.find(({ id }) => id === `bike-essai-${ref}`)?.patch;

	test('eight stations are read; a negative count and a missing time cost one record each', () => {
		expect(records).toHaveLength(8);
		expect(bad).toMatchObject([
			{ ref: '7', code: 'attribute_invalid' },
			{ ref: '8', code: 'date_missing' }
		]);
	});

	test('names, positions, times and counts are those of the record', () => {
		expect(patch(2)).toEqual({
			dateObserved: '2026-03-10T09:52:02Z',
			name: 'St - Modele - G. Invente',
			location: { type: 'Point', coordinates: [1.432, 43.602] },
			address: '2 Rue de la Maquette',
			source: 'essai',
			availableBikeNumber: 1,
			freeSlotNumber: 18,
			totalSlotNumber: 20,
			status: 'working'
		});
		expect(patch(3)).not.toHaveProperty('address');
		expect(patch(10)?.['name']).toBe('Station déjà lisible');
	});

	test('open with neither bike nor dock since 2023 is passed on as it is, with its own time', () => {
		expect(patch(5)).toMatchObject({
			dateObserved: '2023-02-23T06:43:21Z',
			status: 'working',
			availableBikeNumber: 0,
			freeSlotNumber: 0
		});
		expect(patch(4)?.['status']).toBe('outOfService');
	});

	test('counts as text are numbers, and their sum is not made to fit the capacity', () => {
		expect(patch(6)).toMatchObject({
			availableBikeNumber: 4,
			freeSlotNumber: 12,
			totalSlotNumber: 17
		});
	});

	test('0,0 is no position', () => expect(patch(9)).not.toHaveProperty('location'));
});

test('addresses of every API version are built from the dataset', () => {
	const v2 = datasetOf('http://p/api/explore/v2.1/catalog/datasets/velo');
	expect(v2).toMatchObject({
		id: 'velo',
		all: 'http://p/api/explore/v2.1/catalog/datasets/velo/exports/json'
	});
	expect(v2.page(100, 100, { by: 'heure_utc', descending: true })).toBe(
		'http://p/api/explore/v2.1/catalog/datasets/velo/records?limit=100&offset=100&order_by=heure_utc+desc'
	);
	const v1 = datasetOf('http://p/api/records/1.0/search/?dataset=velo');
	expect(v1.page(0, 10, { by: 'heure_utc', descending: true })).toBe(
		'http://p/api/records/1.0/search/?dataset=velo&rows=10&start=0&sort=heure_utc'
	);
});

test('v1 positions are latitude first, v2 are named, one-point MultiPoints are points', () => {
	const toulouse = { type: 'Point', coordinates: [1.44, 43.6] };
	expect(odsPoint([43.6, 1.44])).toEqual(toulouse);
	expect(odsPoint({ lon: 1.44, lat: 43.6 })).toEqual(toulouse);
	expect(odsPoint({ type: 'MultiPoint', coordinates: [[1.44, 43.6]] })).toEqual(toulouse);
	expect(odsPoint(null)).toBeUndefined();
});

const folder = samples();
test.skipIf(!folder)(
	'the recorded portal answer gives 389 stations, each value equal to its record',
	() => {
		const file = path.join(folder ?? '', 'ods_api-velo-toulouse-temps-reel_2024-12-15.json');
		const recorded = JSON.parse(fs.readFileSync(file, 'utf8')) as Fields[];
		const { records, bad } = parsePortalBikes(
			odsRows(recorded).rows,
			sourceOf({ system: 'toulouse' })
		);
		expect(bad).toEqual([]);
		expect(records).toHaveLength(389);
		const byId = new Map(records.map(({ id, patch }) => [id, patch]));
		for (const station of recorded) {
			const { lon, lat } = station['position'] as { lon: number; lat: number };
			const patch = byId.get(`bike-toulouse-${String(station['number'])}`);
			expect(patch).toMatchObject({
				availableBikeNumber: station['available_bikes'],
				freeSlotNumber: station['available_bike_stands'],
				totalSlotNumber: station['bike_stands'],
				status: station['status'] === 'OPEN' ? 'working' : 'outOfService',
				location: { coordinates: [lon, lat] }
			});
			expect(parseTime(String(patch?.['dateObserved']))).toBe(
				parseTime(String(station['last_update']))
			);
			expect(patch?.['name']).not.toMatch(/^0\d+|\p{Lu}{9}/u);
		}
	}
);

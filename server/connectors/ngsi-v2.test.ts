import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bike } from '../../src/lib/layers/bike/layer.ts';
import { parking } from '../../src/lib/layers/parking/layer.ts';
import { samples } from '../testing/real.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { parseNgsi } from './ngsi-v2.ts';

const source = sourceOf({ layer: 'parking' });
const { records, bad } = parseNgsi(fixture('ngsi-parking.json'), source, parking);
const patches = (ref: string) =>
	records.filter(({ id }) => id === `parking-essai-${ref}`).map(({ patch }) => patch);

test('NGSI v2: plain values, the newest time of its metadata, « Open » as the list of the model', () => {
	expect(patches('001')).toEqual([
		{
			dateObserved: '2026-03-10T09:45:07Z',
			name: "Parking d'essai 1",
			location: { type: 'Point', coordinates: [3.881, 43.6] },
			source: 'essai',
			availableSpotNumber: 10,
			totalSpotNumber: 200,
			status: ['open']
		}
	]);
	expect(patches('002')[0]?.['status']).toEqual(['closed']);
	expect(patches('003')[0]?.['status']).toEqual(['open', 'almostFull']);
	expect(patches('005')[0]?.['availableSpotNumber']).toBe(50);
});

test('« Inconnu » is no name', () => expect(patches('004')[0]).not.toHaveProperty('name'));

test('a count three months older than its status keeps its own time', () => {
	const [old, now] = patches('006');
	expect(old).toMatchObject({ dateObserved: '2025-12-10T09:00:00Z', availableSpotNumber: 60 });
	expect(now).toMatchObject({ dateObserved: '2026-03-10T09:50:07Z', status: ['open'] });
	expect(now).not.toHaveProperty('availableSpotNumber');
});

test('key-values and NGSI-LD are read too', () => {
	expect(patches('008')).toEqual([
		{
			dateObserved: '2026-03-10T09:52:07Z',
			name: 'Parking en clair',
			location: { type: 'Point', coordinates: [3.888, 43.6] },
			address: '8 rue Factice',
			source: 'essai',
			availableSpotNumber: 80,
			totalSpotNumber: 200,
			status: ['open']
		}
	]);
	expect(patches('009')).toMatchObject([
		{
			dateObserved: '2026-03-10T09:53:07Z',
			name: 'Parking lié',
			availableSpotNumber: 90,
			occupancy: 0.55,
			location: { coordinates: [3.889, 43.6] }
		}
	]);
});

test('a negative count and a record without any time cost themselves alone', () => {
	expect(bad).toMatchObject([
		{ ref: '007', code: 'attribute_invalid' },
		{ ref: '010', code: 'date_missing' }
	]);
});

const folder = samples();
test.skipIf(!folder)('the recorded answers give 24 car parks and 57 stations', () => {
	const read = (name: string) =>
		JSON.parse(fs.readFileSync(path.join(folder ?? '', name), 'utf8')) as Record<
			string,
			{ value: unknown }
		>[];
	const parks = read('montpellier_ngsiv2_offstreetparking_2026-01.json');
	const found = parseNgsi(parks, source, parking);
	expect(found.bad).toEqual([]);
	expect(found.records).toHaveLength(24);
	for (const [i, { patch }] of found.records.entries())
		expect(patch).toMatchObject({
			availableSpotNumber: parks[i]?.['availableSpotNumber']?.value,
			totalSpotNumber: parks[i]?.['totalSpotNumber']?.value,
			name: parks[i]?.['name']?.value,
			status: ['open']
		});
	const stations = parseNgsi(read('montpellier_ngsiv2_bikestation_2026-01.json'), sourceOf(), bike);
	expect(stations.bad).toEqual([]);
	expect(new Set(stations.records.map(({ id }) => id)).size).toBe(57);
	expect(stations.records[0]).toMatchObject({
		id: 'bike-essai-001',
		patch: { availableBikeNumber: 3, freeSlotNumber: 9, totalSlotNumber: 12, status: 'working' }
	});
});

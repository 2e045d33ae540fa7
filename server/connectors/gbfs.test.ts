import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { gbfsFeeds, parseGbfs } from './gbfs.ts';

interface Files {
	station_information: unknown;
	station_status: unknown;
	vehicle_types: unknown;
}

describe.each(['gbfs.2.3.json', 'gbfs.3.0.json'])('%s', (name) => {
	const files = fixture<Files>(name);
	const { records, bad } = parseGbfs(
		{
			information: files.station_information,
			status: files.station_status,
			types: files.vehicle_types
		},
		sourceOf()
	);
	const patch = (ref: number) => records.find(({ id }) => id === `bike-essai-${ref}`)?.patch;

	test('each station is one record with its name, place and counts', () => {
		expect(records).toHaveLength(9);
		expect(patch(1)).toEqual({
			dateObserved: '2026-03-10T09:59:00Z',
			name: 'Place du Banc',
			location: { type: 'Point', coordinates: [1.44, 43.601] },
			address: '1 Rue du Banc',
			source: 'essai',
			availableBikeNumber: 1,
			freeSlotNumber: 11,
			totalSlotNumber: 16,
			availableMechanicalBikeNumber: 0,
			availableElectricBikeNumber: 1,
			outOfServiceSlotNumber: 1,
			status: 'working'
		});
	});

	test('bikes are counted by kind, cargo bikes among the electric; scooters are no bikes', () => {
		expect(patch(7)).toMatchObject({
			availableMechanicalBikeNumber: 3,
			availableElectricBikeNumber: 2
		});
	});

	test('booleans are read as true, 1 or text', () => {
		expect([1, 2, 3].map((ref) => patch(ref)?.['status'])).toEqual([
			'working',
			'outOfService',
			'outOfService'
		]);
	});

	test('a station that does not say when has the time of the file; milliseconds are known for what they are', () => {
		expect(patch(4)?.['dateObserved']).toBe('2026-03-10T10:00:00Z');
		expect(patch(5)?.['dateObserved']).toBe('2026-03-10T10:00:00Z');
		expect(patch(8)?.['dateObserved']).toBe('2026-03-10T09:58:20Z');
	});

	test('a count that is no number costs one record; a position that is none costs only the position', () => {
		expect(bad).toMatchObject([{ ref: '6', code: 'attribute_invalid' }]);
		expect(patch(9)).toMatchObject({ availableBikeNumber: 9 });
		expect(patch(9)).not.toHaveProperty('location');
	});

	test('a number as key and a missing capacity are read', () => {
		expect(patch(10)).toMatchObject({ availableBikeNumber: 10, name: 'Place du Banc' });
		expect(patch(10)).not.toHaveProperty('totalSlotNumber');
	});

	test('without the file of vehicle types nothing is said of kinds', () => {
		const plain = parseGbfs(
			{ information: files.station_information, status: files.station_status },
			sourceOf()
		);
		expect(plain.records[0]?.patch).not.toHaveProperty('availableElectricBikeNumber');
	});
});

test('feeds are found in both forms of the auto-discovery file, French first', () => {
	const feeds = (url: string) => ({ feeds: [{ name: 'station_status', url }] });
	expect(gbfsFeeds({ data: feeds('http://a/3') }).get('station_status')).toBe('http://a/3');
	expect(
		gbfsFeeds({ data: { en: feeds('http://a/en'), fr: feeds('http://a/fr') } }).get(
			'station_status'
		)
	).toBe('http://a/fr');
	expect(() => gbfsFeeds({ data: {} })).toThrow(AppError);
});

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { samples } from '../testing/real.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { parseJcdecaux } from './jcdecaux.ts';

test('v1: epoch milliseconds, both spellings of a position, CLOSED is out of service', () => {
	const { records, bad } = parseJcdecaux(fixture('jcdecaux.v1.json'), sourceOf());
	expect(records).toHaveLength(8);
	expect(records[0]).toEqual({
		id: 'bike-essai-101',
		patch: {
			dateObserved: '2026-03-10T09:59:30Z',
			name: 'Place Fictive',
			location: { type: 'Point', coordinates: [1.441, 43.601] },
			address: '1 Av du Prototype',
			source: 'essai',
			availableBikeNumber: 1,
			freeSlotNumber: 14,
			totalSlotNumber: 18,
			status: 'working'
		}
	});
	expect(records[1]?.patch['status']).toBe('outOfService');
	expect(records.find(({ id }) => id === 'bike-essai-106')?.patch['location']).toEqual({
		type: 'Point',
		coordinates: [1.45, 43.61]
	});
	expect(bad).toMatchObject([
		{ ref: '103', code: 'date_missing' },
		{ ref: '104', code: 'attribute_invalid' }
	]);
});

test('a station that is not connected keeps its capacity and is otherwise unknown', () => {
	for (const [file, id] of [
		['jcdecaux.v1.json', 'bike-essai-105'],
		['jcdecaux.v3.json', 'bike-essai-201']
	] as const) {
		const { records } = parseJcdecaux(fixture(file), sourceOf());
		const patch = records.find((record) => record.id === id)?.patch;
		expect(patch).toMatchObject({ availableBikeNumber: null, freeSlotNumber: null, status: null });
		expect(patch?.['totalSlotNumber']).toBeGreaterThan(0);
	}
});

test('v3: bikes by kind, ISO times; a station without stands costs itself alone', () => {
	const { records, bad } = parseJcdecaux(fixture('jcdecaux.v3.json'), sourceOf());
	expect(records).toHaveLength(9);
	expect(records[4]).toMatchObject({
		id: 'bike-essai-206',
		patch: {
			dateObserved: '2026-03-10T09:55:07Z',
			availableBikeNumber: 6,
			freeSlotNumber: 6,
			totalSlotNumber: 14,
			availableMechanicalBikeNumber: 3,
			availableElectricBikeNumber: 3
		}
	});
	expect(bad).toMatchObject([{ ref: '203', code: 'attribute_invalid' }]);
	expect(records.find(({ id }) => id === 'bike-essai-204')?.patch).not.toHaveProperty('address');
});

const folder = samples();
test.skipIf(!folder)('the recorded answers of v1 and v3 are read whole', () => {
	const read = (name: string) =>
		parseJcdecaux(
			JSON.parse(fs.readFileSync(path.join(folder ?? '', name), 'utf8')) as unknown[],
			sourceOf()
		);
	const v1 = read('jcdecaux-v1_toulouse_2016-05-22.json');
	expect(new Set(v1.records.map(({ id }) => id)).size).toBe(280);
	expect(v1.bad).toEqual([]);
	const v3 = read('jcdecaux-v3_toulouse_sample_2025-06-24.json');
	expect(v3.records).toHaveLength(14);
	// 1 + 16 of 18: two docks are blocked, and nothing is made up to fill the gap.
	expect(v3.records.find(({ id }) => id === 'bike-essai-195')?.patch).toMatchObject({
		availableBikeNumber: 1,
		freeSlotNumber: 16,
		totalSlotNumber: 18,
		availableElectricBikeNumber: 1,
		name: 'Rieux - Chant du Merle'
	});
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { samples } from '../testing/real.ts';
import { officialDistricts, officialStations, writeOfficialPack } from './official.ts';

const bundled = path.resolve(import.meta.dirname, '../../static/city/toulouse');
const point = (nom: string, ligne: string, etat?: string) => ({
	type: 'Feature',
	geometry: { type: 'Point', coordinates: [1.44, 43.6] },
	properties: { nom, ligne, ...(etat && { etat }) }
});
const collection = (features: unknown[]) => ({ type: 'FeatureCollection', features });
const square = [
	[1, 43],
	[1.2, 43],
	[1.2, 43.1],
	[1, 43.1],
	[1, 43]
];

test('stations: once each, readable, those still on paper left out', () => {
	expect(
		officialStations(
			collection([
				point('JEAN JAURES', 'A', 'Existant'),
				point('Jean Jaurès', 'A', 'Existant'),
				point('JEAN JAURES', 'B', 'Existant'),
				point('FUTURE', 'C', 'Projet')
			]),
			'metro'
		).map(({ name, line }) => `${name} ${line}`)
	).toEqual(['Jean Jaures A', 'Jean Jaures B']);
});

test('a quartier has the centroid of its largest part', () => {
	const [found] = officialDistricts(
		collection([
			{
				geometry: {
					type: 'MultiPolygon',
					coordinates: [
						[
							[
								[5, 5],
								[5.001, 5],
								[5, 5.001],
								[5, 5]
							]
						],
						[square]
					]
				},
				properties: { quartier: 7, nom_quartier: 'Un / Deux' }
			}
		])
	);
	expect(found).toEqual({ id: 'quartier-7', name: 'Un – Deux', center: [1.1, 43.05] });
});

test('official stations take the place of the bundled ones of their kind, and nothing else’s', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'official-'));
	const read = (file: string) =>
		JSON.parse(fs.readFileSync(file, 'utf8')) as { kind: string; name: string }[];
	fs.writeFileSync(
		path.join(folder, 'metro.geojson'),
		JSON.stringify(collection([point('ESSAI', 'A')]))
	);
	writeOfficialPack(bundled, folder);
	const places = read(path.join(folder, 'places.json'));
	const before = read(path.join(bundled, 'places.json'));
	expect(places.filter(({ kind }) => kind === 'metro').map(({ name }) => name)).toEqual(['Essai']);
	expect(places.filter(({ kind }) => kind !== 'metro')).toEqual(
		before.filter(({ kind }) => kind !== 'metro')
	);
	expect(fs.existsSync(path.join(folder, 'city.json'))).toBe(false);
});

test('the recorded files give the stations of lines A and B and the 20 quartiers, centres in the city', () => {
	const folder = samples();
	if (folder === undefined) return;
	const read = (name: string): unknown =>
		JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
	const metro = officialStations(read('toulouse_stations-de-metro_2017.geojson'), 'metro');
	expect(metro.filter(({ line }) => line === 'A').length).toBeGreaterThanOrEqual(18);
	expect(metro.filter(({ line }) => line === 'B').length).toBeGreaterThanOrEqual(20);
	const found = officialDistricts(read('toulouse_quartiers-de-democratie-locale.geojson'));
	expect(found.map(({ id }) => id)).toEqual(
		Array.from({ length: 20 }, (_, i) => `quartier-${i + 1}`)
	);
	for (const { center } of found) {
		expect(center[0]).toBeGreaterThan(1.34);
		expect(center[0]).toBeLessThan(1.52);
		expect(center[1]).toBeGreaterThan(43.53);
		expect(center[1]).toBeLessThan(43.67);
	}
});

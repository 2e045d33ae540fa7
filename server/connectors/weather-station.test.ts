import { expect, test } from 'vitest';
import { weather } from '../../src/lib/layers/weather/layer.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import { parseStation, placeFrom, stationRef } from './weather-station.ts';

const dataset = '99-station-meteo-toulouse-place-inventee';
const rows = fixture<Record<string, unknown>[]>('weather-station.v2.1.json');
const source = sourceOf({ layer: 'weather' });
const now = Date.parse('2026-03-10T09:20:00Z');
const station = {
	ref: stationRef(dataset),
	...placeFrom(fixture('weather-catalogue.v2.1.json'), dataset)
};

test('the newest message counts, in the units of the layer; a broken barometer is unknown and the rest stands', () => {
	const { records, bad } = parseStation(rows, source, weather, station, now);
	expect(records).toEqual([
		{
			id: 'weather-essai-99',
			patch: {
				dateObserved: '2026-03-10T09:15:00Z',
				name: 'Toulouse Place Inventee',
				location: { type: 'Point', coordinates: [1.44, 43.6] },
				source: 'essai',
				temperature: 11.5,
				relativeHumidity: 0.79,
				atmosphericPressure: null,
				precipitation: 0.2,
				windSpeed: 5,
				gustSpeed: 10,
				windDirection: 270
			}
		}
	]);
	expect(bad).toMatchObject([{ ref: '99', code: 'date_invalid' }]);
});

test('pressure comes in pascals and leaves in hectopascals', () => {
	const { records } = parseStation(rows.slice(0, 8), source, weather, station, now);
	expect(records[0]?.patch['atmosphericPressure']).toBe(1007);
});

test('a message years ahead of the clock does not hide the others', () => {
	const { records } = parseStation(rows, source, weather, station, now);
	expect(records[0]?.patch['dateObserved']).toMatch(/^2026/);
});

test('a station without vane and gauge says nothing of wind and rain, whatever its fields hold', () => {
	const bare = rows.map((row) => ({ ...row, type_de_station: 'TH' }));
	const { records } = parseStation(bare, source, weather, station, now);
	expect(records[0]?.patch).toMatchObject({ temperature: 11.5 });
	for (const name of ['windSpeed', 'gustSpeed', 'windDirection', 'precipitation'])
		expect(records[0]?.patch).not.toHaveProperty(name);
});

test('options.places stands in for what the catalogue lacks', () => {
	const places = { '99': { name: 'Ma station', location: [1.5, 43.5] } };
	const bare = { ref: '99', ...placeFrom([], dataset) };
	const { records } = parseStation(rows, { ...source, options: { places } }, weather, bare, now);
	expect(records[0]?.patch).toMatchObject({ location: { coordinates: [1.5, 43.5] } });
});

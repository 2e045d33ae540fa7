import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { arcgisPage } from './arcgis.ts';
import { parseHourly, parseIndex } from './atmo.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';

const source = sourceOf({ layer: 'air', options: { bbox: [1.2, 43.5, 1.64, 43.78] } });
const hourly = arcgisPage({ features: fixture('atmo-hourly.json') }).rows;
const daily = arcgisPage({ features: fixture('atmo-index.json') }).rows;

test('a station is one entity: its newest hour, and a pollutant that is late with the time of its own hour', () => {
	const { records } = parseHourly(hourly, source);
	expect(records.filter(({ id }) => id === 'air-essai-fr99001').map(({ patch }) => patch)).toEqual([
		{
			dateObserved: '2026-03-10T09:00:00Z',
			name: 'Toulouse-Essai Urbain',
			location: { type: 'Point', coordinates: [1.44, 43.6] },
			source: 'essai',
			o3: 48
		},
		{
			dateObserved: '2026-03-10T10:00:00Z',
			name: 'Toulouse-Essai Urbain',
			location: { type: 'Point', coordinates: [1.44, 43.6] },
			source: 'essai',
			no2: 21.4,
			pm25: 10
		}
	]);
});

test('carbon monoxide is in mg/m³, noise below zero is zero, a missing value is absent, an unknown unit is refused', () => {
	const { records, bad } = parseHourly(hourly, source);
	const patch = records.find(({ id }) => id === 'air-essai-fr99002')?.patch;
	expect(patch).toMatchObject({ co: 0.3, so2: 0, dateObserved: '2026-03-10T10:00:00Z' });
	expect(patch).not.toHaveProperty('pm10');
	expect(bad).toMatchObject([{ ref: 'FR99002', code: 'attribute_invalid' }]);
});

test('a station outside the box is not of this city', () => {
	expect(parseHourly(hourly, source).records.some(({ id }) => id.endsWith('fr99003'))).toBe(false);
});

test('milligrams and micrograms are told apart however they are written', () => {
	const row = (nom_poll: string, valeur: number, unite: string) => ({
		fields: { code_station: 'x', nom_poll, valeur, unite, date_fin: 1773136800000 },
		location: undefined
	});
	const value = (...args: Parameters<typeof row>) =>
		parseHourly([row(...args)], sourceOf()).records[0]?.patch;
	expect(value('CO', 0.3, 'mg.m-3')).toMatchObject({ co: 0.3 });
	expect(value('CO', 300, 'ug.m-3')).toMatchObject({ co: 0.3 });
	expect(value('NO2', 0.02, 'mg/m³')).toMatchObject({ no2: 20 });
	expect(value('NO2', 20, 'μg/m3')).toMatchObject({ no2: 20 });
});

test('of the daily index only today is a reading, as its last edition has it', () => {
	const { records, bad } = parseIndex(daily, source, Date.parse('2026-03-10T13:00:00Z'));
	const byId = Object.fromEntries(records.map(({ id, patch }) => [id, patch]));
	expect(byId['air-essai-990000001']).toEqual({
		dateObserved: '2026-03-09T23:00:00Z', // midnight in Paris
		name: "Métropole d'essai",
		location: { type: 'Point', coordinates: [1.44, 43.6] },
		source: 'essai',
		airQualityIndex: 3,
		airQualityLevel: 'Dégradé'
	});
	expect(byId['air-essai-990000002']).toMatchObject({
		airQualityIndex: null,
		airQualityLevel: null
	});
	expect(byId['air-essai-990000003']).toMatchObject({ airQualityIndex: 7 });
	expect(byId['air-essai-31999']).toMatchObject({ airQualityIndex: 2 });
	expect(byId['air-essai-990000007']).toMatchObject({ airQualityIndex: 5 });
	expect(byId['air-essai-990000005']).toBeUndefined();
	expect(bad).toMatchObject([{ ref: '990000006', code: 'attribute_invalid' }]);
});

test('the day is the one of Paris: at 23:30 UTC in March it is tomorrow', () => {
	const { records } = parseIndex(daily, source, Date.parse('2026-03-10T23:30:00Z'));
	expect(records.map(({ id, patch }) => [id, patch['airQualityIndex']])).toEqual([
		['air-essai-990000001', 4]
	]);
});

test('options.zones keeps only the zones it names', () => {
	const only = { ...source, options: { zones: ['990000003'] } };
	expect(parseIndex(daily, only, Date.parse('2026-03-10T13:00:00Z')).records).toHaveLength(1);
});

test('an error with HTTP 200 is an error, and f=geojson is read like f=json', () => {
	expect(() => arcgisPage({ error: { code: 400, message: 'Invalid URL' } })).toThrow(AppError);
	const { rows, more } = arcgisPage({
		type: 'FeatureCollection',
		properties: { exceededTransferLimit: true },
		features: [
			{
				type: 'Feature',
				properties: { a: 1 },
				geometry: { type: 'Point', coordinates: [1.44, 43.6] }
			}
		]
	});
	expect({ rows, more }).toEqual({
		rows: [{ fields: { a: 1 }, location: { type: 'Point', coordinates: [1.44, 43.6] } }],
		more: true
	});
});

import { expect, test } from 'vitest';
import { air } from '../layers/air/layer.ts';
import { bike } from '../layers/bike/layer.ts';
import { parking } from '../layers/parking/layer.ts';
import { weather } from '../layers/weather/layer.ts';
import { figure, machine, phrase } from './value.ts';

test('a count goes with its noun, in the number its language wants', () => {
	const bikes = (count: number, locale: 'fr' | 'en') =>
		figure(bike, 'availableBikeNumber', count, locale)?.after;
	expect([0, 1, 2].map((n) => bikes(n, 'fr'))).toEqual(['vélo', 'vélo', 'vélos']);
	expect([0, 1, 2].map((n) => bikes(n, 'en'))).toEqual(['bikes', 'bike', 'bikes']);
});

test('measures carry the unit people use', () => {
	expect(phrase(weather, 'temperature', 14.24, 'fr')).toBe('14,2\u00a0°C');
	expect(phrase(weather, 'windSpeed', 5, 'fr')).toBe('18\u00a0km/h');
	expect(phrase(weather, 'precipitation', 0.4, 'en')).toBe('0.4\u00a0mm');
	expect(phrase(weather, 'relativeHumidity', 0.62, 'en')).toBe('62%');
	expect(phrase(air, 'no2', 23.4, 'fr')).toBe('23\u00a0µg/m³');
});

test('words are said in the language, several of them joined', () => {
	expect(phrase(bike, 'status', 'outOfService', 'fr')).toBe('hors service');
	expect(phrase(parking, 'status', ['open', 'almostFull'], 'fr')).toBe('ouvert, presque complet');
	expect(phrase(parking, 'status', [], 'fr')).toBeUndefined();
});

test('what is unknown is not said, and a machine reads the value itself', () => {
	expect(figure(bike, 'availableBikeNumber', null, 'fr')).toBeUndefined();
	expect(figure(bike, 'nothingOfTheKind', 3, 'fr')).toBeUndefined();
	expect([machine(0), machine(0.62), machine(['open', 'full']), machine(null)]).toEqual([
		'0',
		'0.62',
		'open,full',
		''
	]);
});

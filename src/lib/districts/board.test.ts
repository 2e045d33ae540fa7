import { expect, test } from 'vitest';
import { bike } from '../layers/bike/layer.ts';
import { figuresNow, readDistricts, shownOf } from './board.ts';
import type { DistrictFigures } from './figures.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const figure = (mean: number) => ({
	n: 2,
	mean,
	median: mean,
	min: mean,
	max: mean,
	p10: mean,
	p90: mean
});
const none = { n: 0, coverage: 0, values: {} };
const of = (mean: number, t = NOW / 1000): DistrictFigures => ({
	t,
	windows: {
		PT15M: { n: 2, coverage: 1, values: { availableBikeNumber: figure(mean) } },
		PT1H: none
	}
});
const answer = (layers: unknown) => ({
	features: [
		{
			properties: {
				id: 'quartier-1',
				name: 'Capitole',
				center: [1.44, 43.6],
				approximate: false,
				layers
			},
			geometry: { type: 'Point', coordinates: [1.44, 43.6] }
		},
		{ properties: { id: 3 } }
	]
});

test('a district is read, its unreadable layer and an unreadable neighbour are left out', () => {
	const read = readDistricts(answer({ bike: of(4), air: { t: 'soon' } }));
	expect(read.map(({ id }) => id)).toEqual(['quartier-1']);
	expect(Object.keys(read[0]?.layers ?? {})).toEqual(['bike']);
});

test('the newer of the server’s answer and the stream is shown; what was cleared is not', () => {
	const [district] = readDistricts(answer({ bike: of(4) }));
	if (!district) throw new Error('not read');
	const mean = (heard?: string) =>
		shownOf(bike, figuresNow(district, 'bike', heard), NOW)?.figure.mean;
	expect(mean()).toBe(4);
	expect(mean(JSON.stringify(of(7, NOW / 1000 + 60)))).toBe(7);
	expect(mean(JSON.stringify(of(1, NOW / 1000 - 60)))).toBe(4);
	expect(mean('')).toBeUndefined();
});

test('a mean is judged like a value, unless its window is over', () => {
	expect(shownOf(bike, of(1.5), NOW)).toMatchObject({ old: false, level: { id: 'few' } });
	expect(shownOf(bike, of(1.5), NOW + 20 * 60_000)).toMatchObject({ old: true, level: undefined });
});

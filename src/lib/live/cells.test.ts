import { expect, test } from 'vitest';
import { viewBbox, type Position } from '../geo.ts';
import { filtersFor } from './cells.ts';

const capitole: Position = [1.4442, 43.6045];
const phone = (zoom: number) => viewBbox(capitole, zoom, 390, 844);
const layers = ['bike', 'air'];
const spread = Array.from({ length: 40 }, (_, i): Position => [1 + i * 0.02, 43]);

test('a street view is heard cell by cell, each cell once', () => {
	const { filters, fits } = filtersFor(phone(14), layers, []);
	expect(fits).toBe(true);
	expect(filters.length).toBeGreaterThan(8);
	expect(new Set(filters).size).toBe(filters.length);
	expect(filters).toContain('capitoul/v1/live/+/spc00b');
});

test('a phone still hears all its cells at zoom 13, and districts at zoom 12', () => {
	expect(filtersFor(phone(13), layers, []).fits).toBe(true);
	const far = filtersFor(phone(12), layers, []);
	expect(far).toEqual({
		filters: ['capitoul/v1/district/bike/+', 'capitoul/v1/district/air/+'],
		fits: false
	});
});

test('favourites come first and take 20 cells at most', () => {
	const { filters, fits } = filtersFor(phone(14), layers, spread);
	expect(fits).toBe(true);
	const view = filtersFor(phone(14), layers, []).filters;
	expect(filters.slice(20)).toEqual(view);
	expect(filters.length).toBe(20 + view.length);
});

test('where favourites and view do not fit together, favourites stay and the view is polled', () => {
	const tablet = viewBbox(capitole, 13, 600, 844);
	expect(filtersFor(tablet, layers, []).fits).toBe(true);
	const { filters, fits } = filtersFor(tablet, layers, spread);
	expect(fits).toBe(false);
	expect(filters.length).toBe(20 + layers.length);
	expect(filters.length).toBeLessThanOrEqual(64);
});

test('a favourite inside the view costs nothing', () => {
	const alone = filtersFor(phone(13), layers, []).filters;
	const { filters, fits } = filtersFor(phone(13), layers, [capitole]);
	expect(fits).toBe(true);
	expect(new Set(filters)).toEqual(new Set(alone));
});

test('without a view only favourites are heard', () => {
	expect(filtersFor(undefined, layers, [])).toEqual({ filters: [], fits: true });
	expect(filtersFor(undefined, layers, [capitole]).filters).toHaveLength(1);
});

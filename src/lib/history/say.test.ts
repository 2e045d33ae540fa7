import { expect, test } from 'vitest';
import { air } from '../layers/air/layer.ts';
import { bike } from '../layers/bike/layer.ts';
import { parking } from '../layers/parking/layer.ts';
import { weather } from '../layers/weather/layer.ts';
import type { Curve } from './curve.ts';
import { curved, quantity, type Quantity } from './quantity.ts';
import { bucketSentence, rangeWords, sentence, summary, trend } from './say.ts';
import type { Usual } from './usual.ts';

const QUARTER = 900_000;
const midnight = Date.parse('2026-11-20T23:00:00Z'); // Saturday 21 November, Paris
const day = (mean: (number | null)[]): Curve => ({
	from: midnight,
	step: QUARTER,
	mean,
	min: mean.map((v) => (v === null ? null : v - 1)),
	max: mean.map((v) => (v === null ? null : v + 1)),
	n: mean.map((v) => (v === null ? 0 : 3))
});
const usual: Usual = {
	from: midnight,
	step: QUARTER,
	weekday: 6,
	weeks: 8,
	low: [2, null],
	middle: [3, null],
	high: [4, null]
};
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
const bikes = quantity(bike, 'availableBikeNumber', 'fr') as Quantity;

test('one sentence says what is averaged over what', () => {
	expect(sentence('day', day([1, 2]), usual, 'fr')).toBe(
		'La ligne : aujourd’hui, une moyenne par quart d’heure. ' +
			'La bande : un samedi habituel (8 semaines). Les pointillés : son milieu.'
	);
	expect(sentence('week', { ...day([1, 2]), step: 4 * QUARTER }, undefined, 'fr')).toBe(
		'La ligne : ces 7 jours, une moyenne par heure. La bande : du plus bas au plus haut.'
	);
	expect(sentence('month', { ...day([1]), step: 12 * QUARTER }, undefined, 'en')).toContain(
		'one mean every 3 hours'
	);
	expect(sentence('year', { ...day([1]), step: 96 * QUARTER }, undefined, 'fr')).toContain(
		'une moyenne par jour'
	);
});

test('it speaks of blanks where there are some, and of no band where there is none', () => {
	expect(sentence('day', day([1, null, 2]), undefined, 'fr')).toContain(
		'Un blanc : pas de mesure.'
	);
	expect(sentence('day', day([1, 2]), undefined, 'fr')).not.toContain('blanc');
	const flat = { ...day([1, 2]), min: [1, 2], max: [1, 2] };
	expect(sentence('day', flat, undefined, 'fr')).not.toContain('bande');
});

test('a bucket tells its time, its mean, its range and the habit; a gap is no zero', () => {
	const curve = day([4.25, null]);
	const first = bucketSentence('day', curve, 0, usual, bikes, 'fr');
	expect(plain(first.first)).toBe('0 h 00 : 4,3 vélos');
	expect(first.then).toBe('entre 3,3 et 5,3, d’habitude de 2 à 4');
	const gap = bucketSentence('day', curve, 1, usual, bikes, 'fr');
	expect(plain(gap.first)).toBe('0 h 15 : pas de mesure');
	expect(gap.then).toBe('');
});

test('the summary says lowest, highest, when, and where it goes', () => {
	const curve = day([2, 2, 2, 2, 9, 9, 9, 9]);
	expect(plain(summary('day', curve, bikes, 'fr'))).toBe(
		'Vélos disponibles, aujourd’hui. Au plus bas 1 vélo, 0 h 00. Au plus haut 10 vélos, 1 h 00. En hausse.'
	);
	expect(summary('day', day([null]), bikes, 'fr')).toContain('Aucune mesure');
});

test('a trend is told between two like stretches of time, or not at all', () => {
	const quarters = (mean: (number | null)[]) => ({ mean, step: QUARTER });
	expect(trend('day', quarters([5, 5, 5, 5, 9, 9, 9, 9, null]))).toBe('rising');
	expect(trend('day', quarters([9, 9, 9, 9, 5, 5, 5, 5]))).toBe('falling');
	expect(trend('day', quarters([0, 100, 5, 5, 5, 5, 6, 6, 6, 6]))).toBe('steady');
	expect(trend('day', quarters([5, null, null, null, null, 6, 6, 6, 6]))).toBeUndefined();
	expect(trend('week', { mean: [1, 2], step: 4 * QUARTER })).toBeUndefined();
	expect(trend('day', quarters([]))).toBeUndefined();
});

test('numbers are told as people say them', () => {
	const said = (layer: typeof bike, attribute: string, value: number) => {
		const as = quantity(layer, attribute, 'fr');
		return as && plain(as.phrase(value * as.factor));
	};
	expect(said(bike, 'availableBikeNumber', 1.5)).toBe('1,5 vélo');
	expect(said(parking, 'occupancy', 0.625)).toBe('63 %');
	expect(said(weather, 'windSpeed', 10)).toBe('36 km/h');
	expect(said(weather, 'temperature', -2.34)).toBe('-2,3 °C');
	expect(said(air, 'no2', 23)).toBe('23 µg/m³');
	expect(quantity(bike, 'status', 'fr')).toBeUndefined();
	expect(plain(rangeWords(3, 17, bikes, 'fr'))).toBe('De 3 à 17 vélos');
	expect(plain(rangeWords(5, 5, bikes, 'fr'))).toBe('Toujours 5 vélos');
});

test('capacities and angles have no curve, nor has what is not known of the place', () => {
	expect(
		curved(bike, {
			totalSlotNumber: 20,
			freeSlotNumber: 4,
			availableBikeNumber: 3,
			status: 'working'
		})
	).toEqual(['availableBikeNumber', 'freeSlotNumber']);
	expect(curved(weather, { windDirection: 120, temperature: null })).toEqual([]);
});

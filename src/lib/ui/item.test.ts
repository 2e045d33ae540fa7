import { expect, test } from 'vitest';
import { air } from '../layers/air/layer.ts';
import { bike } from '../layers/bike/layer.ts';
import type { Layer, Values } from '../layers/define-layer.ts';
import type { Place } from '../live/place.svelte.ts';
import { itemOf } from './item.ts';

const now = Date.parse('2026-11-26T13:30:00Z');
const MINUTE = 60_000;
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

function place(layer: Layer, values: Values, more: Partial<Place> = {}): Place {
	const shown = Object.keys(values)[0] ?? layer.main;
	const observed = now - 2 * MINUTE;
	return {
		layer,
		shown,
		values,
		times: {},
		observed,
		simulated: false,
		level: layer.level?.(values),
		...more
	} as unknown as Place;
}
const said = (it: Place, away?: number, source?: string) => itemOf(it, now, 'fr', away, source);

test('a good level is a shape and an unseen word; a poor one is spelt out', () => {
	const many = said(
		place(bike, { availableBikeNumber: 7, freeSlotNumber: 5 }),
		350,
		'vélÔToulouse'
	);
	expect(many.shape).toBe('circle');
	expect([many.lead, many.word, many.unseen].map(plain)).toEqual([
		'350 m, 6 min à pied · ',
		'',
		', des vélos'
	]);
	const few = said(place(bike, { availableBikeNumber: 1, freeSlotNumber: 5 }));
	expect(plain(few.word)).toBe('peu de vélos · ');
	expect(few.after).toBe('vélo');
	expect(few.also.map((told) => [told.attribute, told.value, plain(told.said)])).toEqual([
		['freeSlotNumber', '5', '5 places']
	]);
});

test('a class worked out from an hour is never shown without « indicatif »', () => {
	expect(plain(said(place(air, { no2: 23 })).word)).toBe('bon (indicatif)');
	expect(plain(said(place(air, { airQualityIndex: 2 })).word)).toBe('moyen (indice ATMO)');
});

test('an old figure has no colour, no shape and no level, and says when it is too old', () => {
	const old = said(
		place(bike, { availableBikeNumber: 0 }, { observed: now - 3 * 365 * 24 * 60 * MINUTE })
	);
	expect([old.tone, old.shape, old.word, old.icon]).toEqual(['old', undefined, '', 'clock-alert']);
	expect(plain(old.age)).toBe('trop ancien, le 27 novembre 2023');
});

test('what is simulated says so in place of a source', () => {
	const it = said(place(bike, { availableBikeNumber: 3 }, { simulated: true }), undefined, 'feed');
	expect([it.icon, it.by]).toEqual(['flask-conical', ' · simulation']);
});

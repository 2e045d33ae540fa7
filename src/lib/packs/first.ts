import * as v from 'valibot';
import type { FixedPlace } from './fixed.ts';
import { packLayer } from './layers/index.ts';
import type { FirstFixed } from './packs.svelte.ts';

const place = v.looseObject({
	id: v.string(),
	layer: v.string(),
	values: v.record(v.string(), v.unknown()),
	times: v.record(v.string(), v.number()),
	observed: v.number(),
	received: v.number()
});

/** The static places of the first HTML, with the definitions they need; loaded only by a page that has some. */
export function firstFixed(json: unknown): FirstFixed {
	const list: unknown =
		typeof json === 'object' && json !== null && 'places' in json ? json.places : [json];
	const places = Array.isArray(list) ? list.filter((one) => v.is(place, one)) : [];
	return { places: places as unknown as FixedPlace[], layerOf: packLayer };
}

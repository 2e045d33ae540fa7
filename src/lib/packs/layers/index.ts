import type { Layer } from '../../layers/define-layer.ts';
import { building } from './building.ts';
import { culture } from './culture.ts';
import { event } from './event.ts';
import { market } from './market.ts';
import { metro } from './metro.ts';
import { park } from './park.ts';
import { recycling } from './recycling.ts';
import { sport } from './sport.ts';
import { toilet } from './toilet.ts';
import { tram } from './tram.ts';
import { water } from './water.ts';
import { works } from './works.ts';

/** The static layers, in the order of `titles.ts`. A new one is a file, a line here, a line there, and a shape on the server. */
export const packLayers: readonly Layer[] = [
	toilet,
	water,
	market,
	recycling,
	park,
	sport,
	building,
	culture,
	event,
	works,
	metro,
	tram
];

/** The definition of a static layer, or undefined where there is none of that id. */
export const packLayer = (id: string): Layer | undefined =>
	packLayers.find((layer) => layer.id === id);

import * as city from './city.ts';
import { market } from './market.ts';
import type { Shape } from './shape.ts';

/** How the records of each static layer are read, by layer id. */
export const shapes: Readonly<Record<string, Shape>> = {
	toilet: city.toilet,
	water: city.water,
	market,
	recycling: city.recycling,
	park: city.park,
	sport: city.sport,
	building: city.building,
	culture: city.culture,
	event: city.event,
	works: city.works,
	metro: city.metro,
	tram: city.tram
};

import { cellsIn, geohash, type Bbox, type Position } from '../geo.ts';
import { PREFIX, topics } from '../topics.ts';

/** CONTRACT, « What a phone subscribes ». */
export const MAX_CELLS = 60;
export const MAX_FAVOURITE_CELLS = 20;

export interface Filters {
	/** MQTT filters, favourites' cells first. */
	filters: string[];
	/** Whether all the view's cells are among them; where not, districts are, and the view is polled. */
	fits: boolean;
}

/**
 * What to subscribe to for a view and favourite places: one filter per cell, favourites' first (at most 20 cells), then all
 * the view's; where these are more than 60 together, the districts of the chosen layers stand in for the view.
 */
export function filtersFor(
	bbox: Bbox | undefined,
	layers: readonly string[],
	favourites: readonly Position[]
): Filters {
	const cells = new Set<string>();
	for (const position of favourites) {
		if (cells.size >= MAX_FAVOURITE_CELLS) break;
		cells.add(geohash(position));
	}
	const kept = [...cells];
	const view = bbox ? cellsIn(bbox, MAX_CELLS) : [];
	for (const cell of view ?? []) cells.add(cell);
	if (view && cells.size <= MAX_CELLS)
		return { filters: [...cells].map((cell) => topics.liveCell(cell)), fits: true };
	return {
		filters: [
			...kept.map((cell) => topics.liveCell(cell)),
			...layers.map((layer) => `${PREFIX}/district/${layer}/+`)
		],
		fits: false
	};
}

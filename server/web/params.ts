import {
	after,
	attribute,
	bbox,
	cursor,
	lang,
	layerId,
	layerIds,
	limit,
	points,
	time
} from '../../src/lib/query.ts';
import { oneOf, several } from '../../src/lib/query.ts';
import { categories } from '../../src/lib/reports/categories.ts';
import { STATES } from '../../src/lib/reports/states.ts';
import { DEFAULT_POINTS, MAX_POINTS } from '../history/query.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './entities.ts';

// The query strings the API knows. Routes read them by these, and the published document prints these.

export const layersParams = { lang };

export const entitiesParams = {
	layer: layerIds,
	bbox,
	since: cursor(
		'The `cursor` of an earlier answer: only what arrived after it, in the whole city, never with `bbox`. A cursor ' +
			'that cannot be honoured is answered in full with `"reset": true`.'
	),
	limit: limit(DEFAULT_LIMIT, MAX_LIMIT),
	after,
	cursor: cursor('The `cursor` of the first page, kept by `next`; not made by hand.'),
	at: time(
		'The city as it was: the last value of each number at or before this moment, never with `since`.'
	)
};

const from = time('Start of the range; 24 hours before its end if absent.');
const to = time('End of the range; now if absent.');

export const historyParams = { attribute, from, to, points: points(DEFAULT_POINTS, MAX_POINTS) };

export const districtHistoryParams = {
	...historyParams,
	layer: {
		...layerId,
		description: 'The layer whose sensors are taken together. Required.'
	}
};

export const typicalParams = { attribute };

export const exportParams = { from, to };

export const reportsParams = {
	bbox,
	status: several(
		['open', 'closed', ...STATES],
		'Only these: `open`, `closed`, or states, joined by commas.'
	),
	category: several(
		categories.map(({ id }) => id),
		'Only these categories, joined by commas.'
	),
	since: time('Only what changed at or after this moment.'),
	limit: limit(200, 1_000),
	mine: oneOf(
		['true'],
		'`true`: what this device (header `Capitoul-Device`) sent, follows or confirmed, checked or not.'
	)
};

export const packsParams = { lang };

export const packParams = {
	since: cursor(
		'The `version` of an earlier answer: only what changed from it. One no longer kept is answered with the whole pack.'
	),
	version: cursor(
		'The version wanted: where it is the one that stands, the answer may be kept for ever.'
	),
	lang
};

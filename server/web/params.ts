import { after, bbox, cursor, lang, later, layerIds, limit } from '../../src/lib/query.ts';
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
	at: later('The city as it was at a moment. Not served yet: refused rather than ignored.')
};

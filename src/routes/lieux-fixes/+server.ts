import { bbox, layerIds, parseQuery } from '#lib/query.ts';
import { fixedPlaces } from '#server/web/packs.ts';
import type { RequestHandler } from './$types';

/** Places of static layers in a view, for the first HTML of the home page: `{places}`. */
export const GET: RequestHandler = ({ url, locals }) => {
	const asked = parseQuery({ layer: layerIds, bbox }, url);
	const places =
		asked.layer && asked.bbox
			? fixedPlaces(locals.services, asked.layer, asked.bbox, Date.now())
			: [];
	return Response.json({ places }, { headers: { 'cache-control': 'no-store' } });
};

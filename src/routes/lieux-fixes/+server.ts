import { redirect } from '@sveltejs/kit';
import { bbox, layerIds, parseQuery } from '#lib/query.ts';
import { forPerson } from '#server/web/api.ts';
import { fixedPlaces } from '#server/web/packs.ts';
import type { RequestHandler } from './$types';

/** Places of static layers in a view, for the first HTML of the home page: `{places}`. */
export const GET: RequestHandler = ({ request, url, locals }) => {
	if (forPerson(request.headers.get('accept'))) redirect(303, '/');
	const asked = parseQuery({ layer: layerIds, bbox }, url);
	const places =
		asked.layer && asked.bbox
			? fixedPlaces(locals.services, asked.layer, asked.bbox, Date.now())
			: [];
	return Response.json({ places }, { headers: { 'cache-control': 'no-store' } });
};

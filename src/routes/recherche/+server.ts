import { redirect } from '@sveltejs/kit';
import { isOver } from '#lib/packs/over.ts';
import { search, type Landmark, type Result } from '#lib/ui/search.ts';
import { forPerson } from '#server/web/api.ts';
import places from '../../../static/city/toulouse/places.json';
import type { RequestHandler } from './$types';

/** What the search of the home page finds for `?q=`, for a browser without JavaScript: `{results}`. */
export const GET: RequestHandler = ({ request, url, locals }) => {
	// Typed or followed: the page that shows what is found, not its data.
	if (forPerson(request.headers.get('accept'))) redirect(303, `/${url.search}`);
	const query = (url.searchParams.get('q') ?? '').slice(0, 80);
	const results: Result[] = search(query, places as Landmark[], known(locals.services));
	return Response.json({ results }, { headers: { 'cache-control': 'no-store' } });
};

/** Sensors, then what the packs hold. */
function* known({ city, packs }: App.Locals['services']) {
	yield* city.list();
	const now = Date.now();
	for (const { name: layer } of packs.heads())
		for (const { id, name, values } of packs.items(layer))
			if (!isOver(values, now)) yield { id, name, layer };
}

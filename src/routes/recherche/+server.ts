import { search, type Landmark, type Result } from '#lib/ui/search.ts';
import places from '../../../static/city/toulouse/places.json';
import type { RequestHandler } from './$types';

/** What the search of the home page finds for `?q=`, for a browser without JavaScript: `{results}`. */
export const GET: RequestHandler = ({ url, locals }) => {
	const query = (url.searchParams.get('q') ?? '').slice(0, 80);
	const results: Result[] = search(query, places as Landmark[], locals.services.city.list());
	return Response.json({ results }, { headers: { 'cache-control': 'no-store' } });
};

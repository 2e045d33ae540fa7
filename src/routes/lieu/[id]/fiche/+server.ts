import { factsOf } from '#lib/layers/parking/facts.ts';
import parkings from '../../../../../static/city/toulouse/parkings.json';
import type { RequestHandler } from './$types';

/** What the bundled pack knows of this place, for the first HTML of its page; null where it knows nothing. */
export const GET: RequestHandler = ({ params }) =>
	Response.json(factsOf(parkings, params.id) ?? null, {
		headers: { 'cache-control': 'public, max-age=3600' }
	});

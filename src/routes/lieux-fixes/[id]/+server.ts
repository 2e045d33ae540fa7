import { fixedPlace } from '#server/web/packs.ts';
import type { RequestHandler } from './$types';

/** One static place, for the first HTML of its page; null where there is none. */
export const GET: RequestHandler = ({ params, locals }) =>
	Response.json(fixedPlace(locals.services, params.id) ?? null, {
		headers: { 'cache-control': 'no-store' }
	});

import { conditional } from '#server/web/conditional.ts';
import { openapi } from '#server/web/openapi.ts';
import type { RequestHandler } from './$types';

/** The HTTP contract, made from the route table and the layers. */
export const GET: RequestHandler = ({ request, locals }) =>
	conditional(request, {
		body: JSON.stringify(openapi(locals.services.register)),
		cacheControl: 'public, max-age=300'
	});

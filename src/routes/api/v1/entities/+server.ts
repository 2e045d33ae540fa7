import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { entitiesAnswer } from '#server/web/entities.ts';
import { entitiesParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** The things of the city with their newest values, by layer and box, or what changed since an earlier answer. */
export const GET: RequestHandler = ({ url, request, locals }) => {
	const query = parseQuery(entitiesParams, url);
	const { body, etag } = entitiesAnswer(locals.services, query, Date.now());
	return conditional(request, { body, etag, contentType: 'application/geo+json' });
};

import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { districtHistoryAnswer } from '#server/web/districts.ts';
import { districtHistoryParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** One number of a layer over a whole district and over time, in columns. */
export const GET: RequestHandler = async ({ params, url, request, locals }) => {
	const query = parseQuery(districtHistoryParams, url);
	const answer = await districtHistoryAnswer(locals.services, params.id, query, Date.now());
	return conditional(request, answer);
};

import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { typicalAnswer } from '#server/web/history.ts';
import { typicalParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** What a week of one number of one thing usually looks like. */
export const GET: RequestHandler = async ({ params, url, request, locals }) => {
	const query = parseQuery(typicalParams, url);
	return conditional(request, await typicalAnswer(locals.services, params.id, query, Date.now()));
};

import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { historyAnswer } from '#server/web/history.ts';
import { historyParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** One number of one thing over time, in columns. */
export const GET: RequestHandler = async ({ params, url, request, locals }) => {
	const query = parseQuery(historyParams, url);
	return conditional(request, await historyAnswer(locals.services, params.id, query, Date.now()));
};

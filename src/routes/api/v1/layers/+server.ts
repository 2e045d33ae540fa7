import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { layersAnswer } from '#server/web/layers.ts';
import { layersParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** What kinds of data there are, how fresh and from whom, and where phones connect. `?lang=en` for English words. */
export const GET: RequestHandler = ({ url, request, locals }) => {
	const { lang = 'fr' } = parseQuery(layersParams, url);
	return conditional(request, {
		body: JSON.stringify(layersAnswer(locals.services, url.origin, lang))
	});
};

import { parseQuery } from '#lib/query.ts';
import { conditional } from '#server/web/conditional.ts';
import { packsParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** The packs there are, with version, size, age and source; and the layers without data, with the reason. */
export const GET: RequestHandler = ({ url, request, locals }) => {
	const { lang = 'fr' } = parseQuery(packsParams, url);
	const { packs } = locals.services;
	return conditional(request, {
		body: JSON.stringify({ packs: packs.heads(lang), absent: packs.absent(lang) })
	});
};

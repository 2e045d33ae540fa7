import { categories, CATEGORIES_CHANGED } from '#lib/reports/categories.ts';
import { conditional } from '#server/web/conditional.ts';
import type { RequestHandler } from './$types';

/** What can be reported, with the questions of each, in French and English: phones keep it for when there is no network. */
export const GET: RequestHandler = ({ request }) =>
	conditional(request, { body: JSON.stringify({ changed: CATEGORIES_CHANGED, categories }) });

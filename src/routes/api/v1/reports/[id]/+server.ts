import { conditional } from '#server/web/conditional.ts';
import type { RequestHandler } from './$types';

/** One public report with its timeline. */
export const GET: RequestHandler = async ({ params, request, locals }) =>
	conditional(request, {
		body: JSON.stringify(await locals.services.reports.one(params.id)),
		contentType: 'application/geo+json'
	});

import { conditional } from '#server/web/conditional.ts';
import { reportsAnswer, takeReport } from '#server/web/reports.ts';
import type { RequestHandler } from './$types';

const contentType = 'application/geo+json';

/** Public reports, newest first; with `mine=true` those of the device that asks. */
export const GET: RequestHandler = async ({ url, request, locals }) => {
	const { body, own } = await reportsAnswer(locals.services.reports, url, request);
	if (!own) return conditional(request, { body, contentType });
	return new Response(body, {
		headers: { 'content-type': contentType, 'cache-control': 'no-store' }
	});
};

/** One report with its photos. 201 once all of it is on the disk; the same report again gets the same answer. */
export const POST: RequestHandler = async ({ url, request, locals, getClientAddress }) => {
	const { reports, config } = locals.services;
	const { id, followToken } = await takeReport(reports, request, getClientAddress());
	const page = new URL(`/signalement/${id}`, config.origin ?? url.origin).href;
	return Response.json(
		{ id, followToken, url: page },
		{ status: 201, headers: { location: page, 'cache-control': 'no-store' } }
	);
};

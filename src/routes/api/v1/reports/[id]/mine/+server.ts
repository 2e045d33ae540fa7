import type { RequestHandler } from './$types';

const token = (url: URL) => url.searchParams.get('token') ?? '';

/** Everything kept of one's own report, by its follow link. */
export const GET: RequestHandler = async ({ params, url, locals, getClientAddress }) => {
	const mine = await locals.services.reports.mine(params.id, token(url), getClientAddress());
	return Response.json(await mine.export(), { headers: { 'cache-control': 'no-store' } });
};

/** Erases who sent the report, what they wrote and showed. */
export const DELETE: RequestHandler = async ({ params, url, locals, getClientAddress }) => {
	const mine = await locals.services.reports.mine(params.id, token(url), getClientAddress());
	await mine.erase();
	return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
};

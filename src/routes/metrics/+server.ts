import type { RequestHandler } from './$types';

/** The figures of this process as Prometheus text. */
export const GET: RequestHandler = async ({ locals }) => {
	const { contentType, body } = await locals.services.metrics();
	return new Response(body, {
		headers: { 'content-type': contentType, 'cache-control': 'no-store' }
	});
};

import { deviceOf } from '#server/device/device.ts';
import { takeAct } from '#server/web/report-acts.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = (event) => takeAct(event, 'follow');

/** Takes the follow back. */
export const DELETE: RequestHandler = async ({ params, request, locals }) => {
	await locals.services.reports.unfollow(params.id, deviceOf(request));
	return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
};

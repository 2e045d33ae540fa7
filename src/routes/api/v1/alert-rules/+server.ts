import { listRules } from '#server/alerts/rules.ts';
import { own, ownDevice } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** What this device wants to be warned of. */
export const GET: RequestHandler = async ({ request, locals }) =>
	own({
		rules: await listRules(locals.services.database, await ownDevice(request, locals.services))
	});

import { pushKey } from '#server/web/own.ts';
import { conditional } from '#server/web/conditional.ts';
import type { RequestHandler } from './$types';

/** The key a phone gives its browser when it subscribes (RFC 8292). */
export const GET: RequestHandler = async ({ request, locals }) =>
	conditional(request, { body: JSON.stringify({ publicKey: await pushKey(locals.services) }) });

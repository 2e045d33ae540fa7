import { parseQuery } from '#lib/query.ts';
import { packAnswer } from '#server/web/packs.ts';
import { packParams } from '#server/web/params.ts';
import type { RequestHandler } from './$types';

/** All of a pack; with `?since={version}` what changed from that version. */
export const GET: RequestHandler = ({ params, url, request, locals }) =>
	packAnswer(locals.services, params.name, parseQuery(packParams, url), request);

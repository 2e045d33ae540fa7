import { conditional } from '#server/web/conditional.ts';
import { districtCard } from '#server/web/districts.ts';
import type { RequestHandler } from './$types';

/** One district and its figures without its border, for the first HTML of its page; null where there is none. */
export const GET: RequestHandler = ({ params, request, locals }) =>
	conditional(request, districtCard(locals.services, params.id));

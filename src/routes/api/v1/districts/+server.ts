import { conditional } from '#server/web/conditional.ts';
import { districtsAnswer } from '#server/web/districts.ts';
import type { RequestHandler } from './$types';

/** The districts with their latest figures. */
export const GET: RequestHandler = ({ request, locals }) =>
	conditional(request, districtsAnswer(locals.services));

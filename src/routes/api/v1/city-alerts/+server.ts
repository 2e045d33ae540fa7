import { conditional } from '#server/web/conditional.ts';
import { cityAlertsAnswer } from '#server/web/city-alerts.ts';
import type { RequestHandler } from './$types';

/** What the city warns of now, the worst first. */
export const GET: RequestHandler = ({ request, locals }) =>
	conditional(request, cityAlertsAnswer(locals.services, Date.now()));

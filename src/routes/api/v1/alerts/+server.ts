import { parseQuery } from '#lib/query.ts';
import { listAlerts } from '#server/alerts/rules.ts';
import { readWish } from '#server/city-alerts/wishes.ts';
import { seeDevice } from '#server/push/subscriptions.ts';
import { own, ownDevice, pushKey } from '#server/web/own.ts';
import { alertsParams, DEFAULT_ALERTS } from '#server/web/alert-params.ts';
import type { RequestHandler } from './$types';

/** What fired for this device, newest first, how its push subscription is, and whether it wants the city's alerts. */
export const GET: RequestHandler = async ({ url, request, locals }) => {
	const { database } = locals.services;
	const { limit = DEFAULT_ALERTS } = parseQuery(alertsParams, url);
	const device = await ownDevice(request, locals.services);
	const key = await pushKey(locals.services);
	return own({
		alerts: await listAlerts(database, device, limit),
		push: await seeDevice(database, device, { key, now: Date.now() }),
		city: await readWish(database, device)
	});
};

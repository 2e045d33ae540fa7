import { putSubscription, removeSubscription } from '#server/push/subscriptions.ts';
import { done, ownDevice, pushKey, readJson } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** Where this device can be reached from now on. */
export const PUT: RequestHandler = async ({ request, locals }) => {
	const { database, config } = locals.services;
	const device = await ownDevice(request, locals.services);
	await putSubscription(database, device, await readJson(request), {
		key: await pushKey(locals.services),
		gate: { allowedHosts: config.push.allowedHosts },
		now: Date.now()
	});
	return done();
};

/** This device is told nothing by push any more; its rules stay, and what fires is in its list. */
export const DELETE: RequestHandler = async ({ request, locals }) => {
	await removeSubscription(locals.services.database, await ownDevice(request, locals.services));
	return done();
};

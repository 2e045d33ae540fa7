import { putWish, removeWish } from '#server/city-alerts/wishes.ts';
import { done, own, ownDevice, readJson } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** This device wants to be told of the city's alerts, outside these hours. */
export const PUT: RequestHandler = async ({ request, locals }) => {
	const device = await ownDevice(request, locals.services);
	return own(await putWish(locals.services.database, device, await readJson(request), Date.now()));
};

/** This device is told of its own rules only. */
export const DELETE: RequestHandler = async ({ request, locals }) => {
	await removeWish(locals.services.database, await ownDevice(request, locals.services));
	return done();
};

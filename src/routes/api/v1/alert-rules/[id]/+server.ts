import { putRule, removeRule } from '#server/alerts/rules.ts';
import { done, own, ownDevice, readJson } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** Keeps a rule under the name the device chose; the same again changes nothing. */
export const PUT: RequestHandler = async ({ params, request, locals }) => {
	const { database, register } = locals.services;
	const device = await ownDevice(request, locals.services);
	const at = { device, id: params.id, now: Date.now() };
	return own(await putRule(database, register, at, await readJson(request)));
};

/** Removes a rule; one that is not there is removed already. */
export const DELETE: RequestHandler = async ({ params, request, locals }) => {
	await removeRule(locals.services.database, await ownDevice(request, locals.services), params.id);
	return done();
};

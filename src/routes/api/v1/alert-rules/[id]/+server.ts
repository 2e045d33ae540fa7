import { putRule, removeRule } from '#server/alerts/rules.ts';
import { deviceOf } from '#server/device/device.ts';
import { done, own, readJson } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** Keeps a rule under the name the device chose; the same again changes nothing. */
export const PUT: RequestHandler = async ({ params, request, locals }) => {
	const { database, register } = locals.services;
	const device = deviceOf(request);
	const at = { device, id: params.id, now: Date.now() };
	return own(await putRule(database, register, at, await readJson(request)));
};

/** Removes a rule; one that is not there is removed already. */
export const DELETE: RequestHandler = async ({ params, request, locals }) => {
	await removeRule(locals.services.database, deviceOf(request), params.id);
	return done();
};

import { deviceOf } from '#server/device/device.ts';
import { eraseDevice } from '#server/device/erase.ts';
import { done } from '#server/web/own.ts';
import type { RequestHandler } from './$types';

/** Erases everything kept of this device. */
export const DELETE: RequestHandler = async ({ request, locals }) => {
	await eraseDevice(locals.services.database, deviceOf(request));
	return done();
};

import type { Eraser } from '../device/erase.ts';

/** The subscription of a device and what still waits for it. */
export const erasePush: Eraser = async (tx, device) => {
	await tx.deleteFrom('push_queue').where('device', '=', device).execute();
	await tx.deleteFrom('push_subscriptions').where('device', '=', device).execute();
};

import type { Eraser } from '../device/erase.ts';

/** The rules of a device and what they told. */
export const eraseAlerts: Eraser = async (tx, device) => {
	await tx.deleteFrom('alert_rules').where('device', '=', device).execute();
	await tx.deleteFrom('alert_log').where('device', '=', device).execute();
};

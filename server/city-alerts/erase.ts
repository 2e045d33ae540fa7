import type { Eraser } from '../device/erase.ts';

/** That a device asked to be told of the city's alerts. */
export const eraseCityAlerts: Eraser = async (tx, device) => {
	await tx.deleteFrom('city_alert_wishes').where('device', '=', device).execute();
};

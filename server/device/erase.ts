import type { Transaction } from 'kysely';
import { eraseAlerts } from '../alerts/erase.ts';
import { eraseCityAlerts } from '../city-alerts/erase.ts';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/schema.ts';
import { erasePush } from '../push/erase.ts';
import { forgetDevice } from '../reports/own.ts';

/** Removes what one subject keeps of a device. */
export type Eraser = (tx: Transaction<Tables>, device: string) => Promise<void>;

/** Every subject that keeps something under a device: a new one is a line here. */
const erasers: readonly Eraser[] = [eraseAlerts, eraseCityAlerts, erasePush, forgetDevice];

/** Removes everything of this device, all of it or nothing. */
export async function eraseDevice({ db }: Pick<Database, 'db'>, device: string): Promise<void> {
	await db.transaction().execute(async (tx) => {
		for (const erase of erasers) await erase(tx, device);
	});
}

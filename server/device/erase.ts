import type { Transaction } from 'kysely';
import { eraseAlerts } from '../alerts/erase.ts';
import { eraseCityAlerts } from '../city-alerts/erase.ts';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/schema.ts';
import { erasePush } from '../push/erase.ts';
import { forgetDevice } from '../reports/own.ts';
import { DAY_MS } from './seen.ts';

/** Half a year: longer than a long absence, and no alert of a phone in a drawer goes on for ever. */
export const UNSEEN_DAYS = 180;
/** Devices erased as one transaction. */
const AT_ONCE = 100;

/** Removes what one subject keeps of a device. */
export type Eraser = (tx: Transaction<Tables>, device: string) => Promise<void>;

/** What has no use once the device is gone for good. */
const LEFT_BEHIND: readonly Eraser[] = [eraseAlerts, eraseCityAlerts, erasePush];

/** That it was here. */
async function forgetSeen(tx: Transaction<Tables>, device: string): Promise<void> {
	await tx.deleteFrom('devices').where('device', '=', device).execute();
}

/** Every subject that keeps something under a device: a new one is a line here. */
const erasers: readonly Eraser[] = [...LEFT_BEHIND, forgetDevice, forgetSeen];

/** Removes everything of this device, all of it or nothing. */
export async function eraseDevice({ db }: Pick<Database, 'db'>, device: string): Promise<void> {
	await db.transaction().execute(async (tx) => {
		for (const erase of erasers) await erase(tx, device);
	});
}

/**
 * Erases what devices that were not here for 180 days left behind, those longest away first, a hundred at most; answers how
 * many. Reports stay: they belong to the street, and what they hold of a person has an end of its own.
 */
export async function purgeDevices({ db }: Pick<Database, 'db'>, now: number): Promise<number> {
	return db.transaction().execute(async (tx) => {
		const gone = await tx
			.selectFrom('devices')
			.select('device')
			.where('seen_at', '<', now - UNSEEN_DAYS * DAY_MS)
			.orderBy('seen_at')
			.limit(AT_ONCE)
			.execute();
		let erased = 0;
		for (const { device } of gone) {
			// It may have come back meanwhile.
			const { numDeletedRows } = await tx
				.deleteFrom('devices')
				.where('device', '=', device)
				.where('seen_at', '<', now - UNSEEN_DAYS * DAY_MS)
				.executeTakeFirst();
			if (numDeletedRows === 0n) continue;
			for (const erase of LEFT_BEHIND) await erase(tx, device);
			erased++;
		}
		return erased;
	});
}

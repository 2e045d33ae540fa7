import type { Hours } from '../../src/lib/alerts/hours.ts';
import { cityWishSchema, type CityWish } from '../../src/lib/alerts/rule.ts';
import type { Database } from '../database/database.ts';
import { readAs } from '../device/body.ts';
import { know } from '../device/seen.ts';

/** Notes that a device wants to be told of the city's alerts; the same again changes its hours. Throws `body_invalid`. */
export async function putWish(
	{ db }: Database,
	device: string,
	body: unknown,
	now: number
): Promise<CityWish> {
	const wish = readAs(cityWishSchema, body);
	const row = { quiet: wish.quiet ? JSON.stringify(wish.quiet) : '', at: now };
	await db.transaction().execute(async (tx) => {
		await know(tx, device, now);
		await tx
			.insertInto('city_alert_wishes')
			.values({ device, ...row })
			.onConflict((c) => c.column('device').doUpdateSet(row))
			.execute();
	});
	return wish;
}

/** What a device asked for; `null`: nothing. */
export async function readWish({ db }: Database, device: string): Promise<CityWish | null> {
	const row = await db
		.selectFrom('city_alert_wishes')
		.select('quiet')
		.where('device', '=', device)
		.executeTakeFirst();
	return row ? { quiet: quietOf(row.quiet) } : null;
}

export async function removeWish({ db }: Database, device: string): Promise<void> {
	await db.deleteFrom('city_alert_wishes').where('device', '=', device).execute();
}

export const quietOf = (kept: string): Hours | null =>
	kept === '' ? null : (JSON.parse(kept) as Hours);

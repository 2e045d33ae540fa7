import * as v from 'valibot';
import type { Hours } from '../../src/lib/alerts/hours.ts';
import { ruleSchema } from '../../src/lib/alerts/rule.ts';
import { AppError } from '../../src/lib/errors.ts';
import type { Database } from '../database/database.ts';

/** What a device says when it asks to be told: its quiet hours, if it has any. */
export const wishSchema = v.object({ quiet: ruleSchema.entries.quiet });
export type Wish = v.InferOutput<typeof wishSchema>;

/** Notes that a device wants to be told of the city's alerts; the same again changes its hours. Throws `body_invalid`. */
export async function putWish(
	{ db }: Database,
	device: string,
	body: unknown,
	now: number
): Promise<Wish> {
	const parsed = v.safeParse(wishSchema, body);
	if (!parsed.success) {
		const [issue] = parsed.issues;
		throw new AppError('body_invalid', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
	}
	const wish = parsed.output;
	const row = { quiet: wish.quiet ? JSON.stringify(wish.quiet) : '', at: now };
	await db
		.insertInto('city_alert_wishes')
		.values({ device, ...row })
		.onConflict((c) => c.column('device').doUpdateSet(row))
		.execute();
	return wish;
}

/** What a device asked for; `null`: nothing. */
export async function readWish({ db }: Database, device: string): Promise<Wish | null> {
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

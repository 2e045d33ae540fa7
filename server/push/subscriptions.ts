import * as v from 'valibot';
import type { Database } from '../database/database.ts';
import { readAs } from '../device/body.ts';
import { know } from '../device/seen.ts';
import { checkEndpoint, type GateOptions } from './endpoint.ts';
import { areKeys } from './encrypt.ts';

/** What `PushSubscription.toJSON()` gives, and the language its notices shall have. */
export const subscriptionSchema = v.object({
	endpoint: v.string(),
	keys: v.pipe(
		v.object({
			p256dh: v.pipe(v.string(), v.regex(/^[\w-]{87}=?$/)),
			auth: v.pipe(v.string(), v.regex(/^[\w-]{22}(==)?$/))
		}),
		v.check(areKeys, 'the keys are not those of a browser')
	),
	/** Absent: the one it had, French at first. */
	locale: v.optional(v.picklist(['fr', 'en']))
});

/**
 * Takes a device's subscription in the place of its former one. Throws `body_invalid`, `endpoint_refused`,
 * `endpoint_unresolved`; the endpoint is asked nothing, only its name looked up.
 */
export async function putSubscription(
	{ db }: Database,
	device: string,
	body: unknown,
	{ key, gate, now }: { key: string; gate: GateOptions; now: number }
): Promise<void> {
	const { endpoint, keys, locale } = readAs(subscriptionSchema, body);
	await checkEndpoint(endpoint, gate);
	await db.transaction().execute(async (tx) => {
		await know(tx, device, now);
		const former = await tx
			.selectFrom('push_subscriptions')
			.select('locale')
			.where('device', '=', device)
			.executeTakeFirst();
		// A phone that lost its secret is somebody new with the same endpoint: the former name is nobody's any more.
		await tx
			.deleteFrom('push_subscriptions')
			.where((eb) => eb.or([eb('device', '=', device), eb('endpoint', '=', endpoint)]))
			.execute();
		await tx
			.insertInto('push_subscriptions')
			.values({
				device,
				endpoint,
				...keys,
				locale: locale ?? former?.locale ?? 'fr',
				key,
				seen_at: now,
				refused_at: null
			})
			.execute();
	});
}

export async function removeSubscription({ db }: Database, device: string): Promise<void> {
	await db.deleteFrom('push_subscriptions').where('device', '=', device).execute();
}

/** What the app must know of its own subscription: none, working, or to be made again with the key of today. */
export type SubscriptionState = 'none' | 'active' | 'renew';

/** The app was opened there: its subscription is in use. Answers how it is. */
export async function seeDevice(
	{ db }: Database,
	device: string,
	{ key, now }: { key: string; now: number }
): Promise<SubscriptionState> {
	const row = await db
		.selectFrom('push_subscriptions')
		.select(['key', 'refused_at', 'seen_at'])
		.where('device', '=', device)
		.executeTakeFirst();
	if (!row) return 'none';
	// Once an hour is enough for sixty days.
	if (now - row.seen_at > HOUR_MS)
		await db
			.updateTable('push_subscriptions')
			.set({ seen_at: now })
			.where('device', '=', device)
			.execute();
	return row.refused_at !== null || row.key !== key ? 'renew' : 'active';
}

const HOUR_MS = 3_600_000;

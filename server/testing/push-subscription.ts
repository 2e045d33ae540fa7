import type { Kysely } from 'kysely';
import type { Tables } from '../database/schema.ts';

/** Puts a subscription in as if its device had asked, past the gate: what is not said does not matter to the test. */
export const subscribed = (
	db: Kysely<Tables>,
	device: string,
	more: Partial<Tables['push_subscriptions']> = {}
) =>
	db
		.insertInto('push_subscriptions')
		.values({
			device,
			endpoint: `https://push.example/${device}`,
			p256dh: 'p',
			auth: 'a',
			locale: 'fr',
			key: 'k',
			seen_at: 0,
			refused_at: null,
			...more
		})
		.execute();

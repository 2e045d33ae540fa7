import { sql } from 'kysely';
import type { Up } from '../database/schema.ts';

declare module '../database/schema.ts' {
	interface Tables {
		/** When each device of which something is kept was last here. */
		devices: {
			/** Hash of the device's secret. */
			device: string;
			/** To the day, ms: it asked for something of its own, or a push to it was taken. */
			seen_at: number;
		};
	}
}

/** Those known already are taken to be here now: nobody wrote down when they were. */
export const deviceTables: Up = async (db) => {
	await db.schema
		.createTable('devices')
		.addColumn('device', 'text', (c) => c.primaryKey())
		.addColumn('seen_at', 'bigint', (c) => c.notNull())
		.execute();
	await db.schema.createIndex('devices_seen').on('devices').column('seen_at').execute();
	await sql`
		insert into devices (device, seen_at)
		select device, cast(${Date.now()} as bigint) from (
			select device from alert_rules
			union select device from alert_log
			union select device from city_alert_wishes
			union select device from push_subscriptions
		) as known
	`.execute(db);
};

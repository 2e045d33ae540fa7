import type { Up } from '../database/schema.ts';

declare module '../database/schema.ts' {
	interface Tables {
		/** What was raised for the whole city: what a restart must neither tell twice nor forget. */
		city_alerts: {
			/** The `{id}` of its topic. */
			id: string;
			/** Its `sent`, ms: the two together are told once. */
			sent: number;
			/** The alert as JSON. */
			alert: string;
			/** Print of what people were told: an update that says nothing else to do is not told again. */
			mark: string;
			/** It is what its topic retains: 1, else 0. */
			stands: number;
			/** When it was taken, ms. */
			at: number;
			ends_at: number;
		};
		/** Devices that asked to be told. */
		city_alert_wishes: {
			device: string;
			/** Hours in which nothing sounds, as JSON; empty: none. */
			quiet: string;
			at: number;
		};
	}
}

export const cityAlertTables: Up = async (db) => {
	await db.schema
		.createTable('city_alerts')
		.addColumn('id', 'text', (c) => c.notNull())
		.addColumn('sent', 'bigint', (c) => c.notNull())
		.addColumn('alert', 'text', (c) => c.notNull())
		.addColumn('mark', 'text', (c) => c.notNull())
		.addColumn('stands', 'integer', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('ends_at', 'bigint', (c) => c.notNull())
		.addPrimaryKeyConstraint('city_alerts_key', ['id', 'sent'])
		.execute();
	await db.schema
		.createTable('city_alert_wishes')
		.addColumn('device', 'text', (c) => c.primaryKey())
		.addColumn('quiet', 'text', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.execute();
};

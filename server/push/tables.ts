import type { Up } from '../database/schema.ts';

declare module '../database/schema.ts' {
	interface Tables {
		/** Where a phone can be reached; at most one of each device. */
		push_subscriptions: {
			/** Hash of the device's secret (`server/device`). */
			device: string;
			endpoint: string;
			p256dh: string;
			auth: string;
			locale: string;
			/** The VAPID key it was made with. */
			key: string;
			/** When the app was last opened there, ms. */
			seen_at: number;
			/** When its push service refused our key, ms: the app must subscribe again. */
			refused_at: number | null;
		};
		/** What is still to be sent. A row goes away when its push service has answered for good. */
		push_queue: {
			id: string;
			device: string;
			kind: string;
			/** `Notice` as JSON: both languages, chosen when it is sent. */
			notice: string;
			topic: string | null;
			urgency: string;
			/** After this it is worth nothing any more, ms. */
			expires_at: number;
			/** Not to be tried before, ms. */
			due_at: number;
			attempts: number;
		};
		/** The key pair, where several hosts share a database and no folder. */
		push_keys: { id: number; public_key: string; private_key: string };
	}
}

export const pushTables: Up = async (db) => {
	await db.schema
		.createTable('push_subscriptions')
		.addColumn('device', 'text', (c) => c.primaryKey())
		.addColumn('endpoint', 'text', (c) => c.notNull().unique())
		.addColumn('p256dh', 'text', (c) => c.notNull())
		.addColumn('auth', 'text', (c) => c.notNull())
		.addColumn('locale', 'text', (c) => c.notNull())
		.addColumn('key', 'text', (c) => c.notNull())
		.addColumn('seen_at', 'bigint', (c) => c.notNull())
		.addColumn('refused_at', 'bigint')
		.execute();
	await db.schema
		.createTable('push_queue')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('device', 'text', (c) => c.notNull())
		.addColumn('kind', 'text', (c) => c.notNull())
		.addColumn('notice', 'text', (c) => c.notNull())
		.addColumn('topic', 'text')
		.addColumn('urgency', 'text', (c) => c.notNull())
		.addColumn('expires_at', 'bigint', (c) => c.notNull())
		.addColumn('due_at', 'bigint', (c) => c.notNull())
		.addColumn('attempts', 'integer', (c) => c.notNull())
		.execute();
	await db.schema.createIndex('push_queue_due').on('push_queue').column('due_at').execute();
	await db.schema.createIndex('push_queue_device').on('push_queue').column('device').execute();
	await db.schema
		.createTable('push_keys')
		.addColumn('id', 'integer', (c) => c.primaryKey())
		.addColumn('public_key', 'text', (c) => c.notNull())
		.addColumn('private_key', 'text', (c) => c.notNull())
		.execute();
};

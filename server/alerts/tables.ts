import type { Up } from '../database/schema.ts';

declare module '../database/schema.ts' {
	interface Tables {
		/** « Prévenez-moi si… » and how far each is: what a restart must neither repeat nor forget. */
		alert_rules: {
			device: string;
			id: string;
			entity: string;
			/** The rule as JSON (`src/lib/alerts/rule.ts`). */
			rule: string;
			/** Each change of the rule gets a new one: a state of the former rule is not written on the new one. */
			revision: string;
			updated_at: number;
			/** Since when what it asks holds without a break, ms. */
			since: number | null;
			/** When it last fired, ms. */
			fired_at: number | null;
			/** It fired, and what it asks has not clearly ended since: 1, else 0. */
			spent: number;
			/** Since when what it asks does not hold, ms; only while spent. */
			calm_since: number | null;
		};
		/** What fired, for the list in the app. */
		alert_log: {
			id: string;
			device: string;
			rule: string;
			entity: string;
			at: number;
			/** Why, as `Text` in JSON. */
			title: string;
			body: string;
			value: number;
			url: string;
		};
	}
}

export const alertTables: Up = async (db) => {
	await db.schema
		.createTable('alert_rules')
		.addColumn('device', 'text', (c) => c.notNull())
		.addColumn('id', 'text', (c) => c.notNull())
		.addColumn('entity', 'text', (c) => c.notNull())
		.addColumn('rule', 'text', (c) => c.notNull())
		.addColumn('revision', 'text', (c) => c.notNull())
		.addColumn('updated_at', 'bigint', (c) => c.notNull())
		.addColumn('since', 'bigint')
		.addColumn('fired_at', 'bigint')
		.addColumn('spent', 'integer', (c) => c.notNull())
		.addColumn('calm_since', 'bigint')
		.addPrimaryKeyConstraint('alert_rules_key', ['device', 'id'])
		.execute();
	await db.schema
		.createIndex('alert_rules_updated')
		.on('alert_rules')
		.column('updated_at')
		.execute();
	await db.schema
		.createTable('alert_log')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('device', 'text', (c) => c.notNull())
		.addColumn('rule', 'text', (c) => c.notNull())
		.addColumn('entity', 'text', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('title', 'text', (c) => c.notNull())
		.addColumn('body', 'text', (c) => c.notNull())
		.addColumn('value', 'double precision', (c) => c.notNull())
		.addColumn('url', 'text', (c) => c.notNull())
		.execute();
	await db.schema
		.createIndex('alert_log_device')
		.on('alert_log')
		.columns(['device', 'at'])
		.execute();
};

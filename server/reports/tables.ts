import type { Up } from '../database/schema.ts';
import type { ReportState } from '../../src/lib/reports/states.ts';

/** Whether anyone may read it: decided by a person of the city, apart from what happens in the street. */
export type Visibility = 'unchecked' | 'published' | 'hidden';

export interface ReportRow {
	/** The UUID the phone gave it, which is also its idempotency key. */
	id: string;
	category: string;
	/** JSON: code of a question → answer. */
	answers: string;
	description: string;
	/** What the public reads instead, where a checker had to take something out. */
	public_description: string | null;
	lon: number | null;
	lat: number | null;
	address: string | null;
	/** JSON `{id, values}`. */
	entity: string | null;
	/** By the phone's clock; never published: with the rest it would prove who sent the report. */
	created_at: number;
	received_at: number;
	/** When what the public may read last changed. */
	updated_at: number;
	closed_at: number | null;
	state: ReportState;
	reason: string | null;
	expected_at: number | null;
	duplicate_of: string | null;
	visibility: Visibility;
	/** Where it came in: `app`, or `open311:{name of the key}`. */
	source: string;
	/** Print of what was sent, so that a repeat is told from another report under the same key. */
	print: string;
	/** Print of the device that sent it. */
	device: string | null;
	/** Opens export and erasure. In clear: a repeat must answer the same, and the row holds what it opens anyway. */
	follow_token: string | null;
	contact_name: string | null;
	contact_email: string | null;
	contact_phone: string | null;
}

export interface ReportPhotoRow {
	report: string;
	/** From 1. */
	n: number;
	/** Its name under `DATA_DIR/photos`. */
	file: string;
	width: number;
	height: number;
	bytes: number;
	/** 0 where a checker took it out. */
	public: number;
}

export interface ReportEventRow {
	report: string;
	/** From 1, in order. */
	n: number;
	at: number;
	kind: 'state' | 'contested' | 'published' | 'hidden';
	state: ReportState;
	reason: string | null;
	expected_at: number | null;
}

export type MarkKind = 'confirmation' | 'contest' | 'follow' | 'abuse';

/** What a device did to a report, once each. */
export interface ReportMarkRow {
	report: string;
	device: string;
	kind: MarkKind;
	at: number;
	/** Why, for a contest or a notice of abuse: read by the city, never published. */
	words: string | null;
}

/** What was erased and when: proof that the promise is kept, without what was erased. */
export interface ReportLedgerRow {
	id: string;
	at: number;
	report: string;
	what: 'contact_purged' | 'erased_on_request' | 'device_erased';
}

/** Who may send reports by Open311. */
export interface ReportKeyRow {
	name: string;
	/** Of the key: it is shown once, when it is made. */
	print: string;
	created_at: number;
	revoked_at: number | null;
}

declare module '../database/schema.ts' {
	interface Tables {
		reports: ReportRow;
		report_photos: ReportPhotoRow;
		report_events: ReportEventRow;
		report_marks: ReportMarkRow;
		report_ledger: ReportLedgerRow;
		report_keys: ReportKeyRow;
	}
}

/** Reports and all that belongs to them. */
export const reportTables: Up = async (db) => {
	await db.schema
		.createTable('reports')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('category', 'text', (c) => c.notNull())
		.addColumn('answers', 'text', (c) => c.notNull())
		.addColumn('description', 'text', (c) => c.notNull())
		.addColumn('public_description', 'text')
		.addColumn('lon', 'double precision')
		.addColumn('lat', 'double precision')
		.addColumn('address', 'text')
		.addColumn('entity', 'text')
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.addColumn('received_at', 'bigint', (c) => c.notNull())
		.addColumn('updated_at', 'bigint', (c) => c.notNull())
		.addColumn('closed_at', 'bigint')
		.addColumn('state', 'text', (c) => c.notNull())
		.addColumn('reason', 'text')
		.addColumn('expected_at', 'bigint')
		.addColumn('duplicate_of', 'text')
		.addColumn('visibility', 'text', (c) => c.notNull())
		.addColumn('source', 'text', (c) => c.notNull())
		.addColumn('print', 'text', (c) => c.notNull())
		.addColumn('device', 'text')
		.addColumn('follow_token', 'text')
		.addColumn('contact_name', 'text')
		.addColumn('contact_email', 'text')
		.addColumn('contact_phone', 'text')
		.execute();
	await db.schema
		.createIndex('reports_public')
		.on('reports')
		.columns(['visibility', 'received_at'])
		.execute();
	await db.schema.createIndex('reports_updated').on('reports').column('updated_at').execute();
	await db.schema.createIndex('reports_closed').on('reports').column('closed_at').execute();
	await db.schema.createIndex('reports_device').on('reports').column('device').execute();

	await db.schema
		.createTable('report_photos')
		.addColumn('report', 'text', (c) => c.notNull().references('reports.id').onDelete('cascade'))
		.addColumn('n', 'integer', (c) => c.notNull())
		.addColumn('file', 'text', (c) => c.notNull())
		.addColumn('width', 'integer', (c) => c.notNull())
		.addColumn('height', 'integer', (c) => c.notNull())
		.addColumn('bytes', 'integer', (c) => c.notNull())
		.addColumn('public', 'integer', (c) => c.notNull())
		.addPrimaryKeyConstraint('report_photos_key', ['report', 'n'])
		.execute();

	await db.schema
		.createTable('report_events')
		.addColumn('report', 'text', (c) => c.notNull().references('reports.id').onDelete('cascade'))
		.addColumn('n', 'integer', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('kind', 'text', (c) => c.notNull())
		.addColumn('state', 'text', (c) => c.notNull())
		.addColumn('reason', 'text')
		.addColumn('expected_at', 'bigint')
		.addPrimaryKeyConstraint('report_events_key', ['report', 'n'])
		.execute();
	await db.schema.createIndex('report_events_at').on('report_events').column('at').execute();

	await db.schema
		.createTable('report_marks')
		.addColumn('report', 'text', (c) => c.notNull().references('reports.id').onDelete('cascade'))
		.addColumn('device', 'text', (c) => c.notNull())
		.addColumn('kind', 'text', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('words', 'text')
		.addPrimaryKeyConstraint('report_marks_key', ['report', 'kind', 'device'])
		.execute();
	await db.schema.createIndex('report_marks_device').on('report_marks').column('device').execute();

	await db.schema
		.createTable('report_ledger')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('report', 'text', (c) => c.notNull())
		.addColumn('what', 'text', (c) => c.notNull())
		.execute();

	await db.schema
		.createTable('report_keys')
		.addColumn('name', 'text', (c) => c.primaryKey())
		.addColumn('print', 'text', (c) => c.notNull().unique())
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.addColumn('revoked_at', 'bigint')
		.execute();
};

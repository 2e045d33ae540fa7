import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { Bbox } from '../../src/lib/geo.ts';
import { statusOf, type ReportState, type ReportStatus } from '../../src/lib/reports/states.ts';
import type { Tables } from '../database/schema.ts';
import type {
	MarkKind,
	ReportEventRow,
	ReportMarkRow,
	ReportPhotoRow,
	ReportRow,
	Visibility
} from './tables.ts';

type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

/** Which reports are wanted; undefined means any. */
export interface Wanted {
	bbox?: Bbox | undefined;
	status?: ReportStatus | undefined;
	states?: readonly ReportState[] | undefined;
	categories?: readonly string[] | undefined;
	/** Changed at or after, ms. */
	since?: number | undefined;
	/** Received within, ms, both included. */
	received?: { from: number; to: number } | undefined;
	ids?: readonly string[] | undefined;
	/** Sent, followed or confirmed by this device: then those not public too. */
	device?: string | undefined;
	visibility?: Visibility | undefined;
	limit: number;
	offset?: number | undefined;
}

/** One report with what a list shows of it. */
export interface Found {
	row: ReportRow;
	photos: ReportPhotoRow[];
	confirmations: number;
}

const CLOSED: readonly ReportState[] = [
	'fixed',
	'closed_not_ours',
	'closed_no_action',
	'duplicate'
];

function filter(eb: ExpressionBuilder<Tables, 'reports'>, wanted: Wanted) {
	const { bbox, status, states, categories, since, received, ids, device, visibility } = wanted;
	const all = [];
	if (visibility) all.push(eb('visibility', '=', visibility));
	if (bbox) {
		const [w, s, e, n] = bbox;
		all.push(eb('lon', '>=', w), eb('lon', '<=', e), eb('lat', '>=', s), eb('lat', '<=', n));
	}
	if (status) all.push(eb('state', status === 'closed' ? 'in' : 'not in', CLOSED));
	if (states) all.push(eb('state', 'in', states));
	if (categories) all.push(eb('category', 'in', categories));
	if (since !== undefined) all.push(eb('updated_at', '>=', since));
	if (received)
		all.push(eb('received_at', '>=', received.from), eb('received_at', '<=', received.to));
	if (ids) all.push(eb('id', 'in', ids));
	if (device !== undefined)
		all.push(
			eb.or([
				eb('device', '=', device),
				eb.exists(
					eb
						.selectFrom('report_marks')
						.select('report_marks.report')
						.whereRef('report_marks.report', '=', 'reports.id')
						.where('report_marks.device', '=', device)
						.where('report_marks.kind', 'in', ['follow', 'confirmation'])
						.where('reports.visibility', '=', 'published')
				)
			])
		);
	return eb.and(all);
}

/** Reports, newest first, and how many there are in all. */
export async function list(db: Db, wanted: Wanted): Promise<{ found: Found[]; matched: number }> {
	// « in () » is no SQL, and nothing is in nothing.
	if ([wanted.ids, wanted.states, wanted.categories].some((some) => some?.length === 0))
		return { found: [], matched: 0 };
	const rows = await db
		.selectFrom('reports')
		.selectAll()
		.where((eb) => filter(eb, wanted))
		.orderBy('received_at', 'desc')
		.orderBy('id')
		.limit(wanted.limit)
		.offset(wanted.offset ?? 0)
		.execute();
	const { matched } = await db
		.selectFrom('reports')
		.select((eb) => eb.fn.countAll<number | string>().as('matched'))
		.where((eb) => filter(eb, wanted))
		.executeTakeFirstOrThrow();
	return { found: await withParts(db, rows), matched: Number(matched) };
}

/** One report whatever its visibility, or undefined. */
export async function find(db: Db, id: string): Promise<Found | undefined> {
	const row = await db.selectFrom('reports').selectAll().where('id', '=', id).executeTakeFirst();
	return row && (await withParts(db, [row]))[0];
}

// SQLite takes 32,766 values in a statement; a thousand is far below on either engine.
async function withParts(db: Db, rows: readonly ReportRow[]): Promise<Found[]> {
	if (rows.length === 0) return [];
	const ids = rows.map(({ id }) => id);
	const photos = await db
		.selectFrom('report_photos')
		.selectAll()
		.where('report', 'in', ids)
		.orderBy('n')
		.execute();
	const counted = await db
		.selectFrom('report_marks')
		.select(['report', (eb) => eb.fn.countAll<number | string>().as('many')])
		.where('report', 'in', ids)
		.where('kind', '=', 'confirmation')
		.groupBy('report')
		.execute();
	const many = new Map(counted.map(({ report, many }) => [report, Number(many)]));
	const byReport = Map.groupBy(photos, ({ report }) => report);
	return rows.map((row) => ({
		row,
		photos: byReport.get(row.id) ?? [],
		confirmations: many.get(row.id) ?? 0
	}));
}

export const events = (db: Db, report: string): Promise<ReportEventRow[]> =>
	db.selectFrom('report_events').selectAll().where('report', '=', report).orderBy('n').execute();

export const marks = (db: Db, report: string, device?: string): Promise<ReportMarkRow[]> =>
	db
		.selectFrom('report_marks')
		.selectAll()
		.where('report', '=', report)
		.$if(device !== undefined, (q) => q.where('device', '=', device ?? ''))
		.orderBy('at')
		.execute();

/** Adds a line to the timeline of a report. The caller holds the row (`lock`), so numbers do not collide. */
export async function addEvent(
	tx: Tx,
	event: Omit<ReportEventRow, 'n' | 'reason' | 'expected_at'> & Partial<ReportEventRow>
): Promise<ReportEventRow> {
	const { last } = await tx
		.selectFrom('report_events')
		.select((eb) => eb.fn.max('n').as('last'))
		.where('report', '=', event.report)
		.executeTakeFirstOrThrow();
	const row = { reason: null, expected_at: null, ...event, n: Number(last ?? 0) + 1 };
	await tx.insertInto('report_events').values(row).execute();
	return row;
}

/** The row of a report for a change of it: until the transaction ends nobody else changes it. */
export async function lock(tx: Tx, id: string): Promise<ReportRow | undefined> {
	// An update that changes nothing takes the row on PostgreSQL and the whole file on SQLite: one statement for both.
	await tx.updateTable('reports').set({ id }).where('id', '=', id).execute();
	return tx.selectFrom('reports').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Sets a mark; false where this device had set it already. */
export async function mark(
	tx: Tx,
	report: string,
	device: string,
	kind: MarkKind,
	at: number,
	words: string | null = null
): Promise<boolean> {
	const result = await tx
		.insertInto('report_marks')
		.values({ report, device, kind, at, words })
		.onConflict((oc) => oc.columns(['report', 'kind', 'device']).doNothing())
		.executeTakeFirst();
	return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** The columns that a new state sets. */
export const stateColumns = (
	state: ReportState,
	at: number,
	reason: string | null = null,
	expected: number | null = null
) => ({
	state,
	reason,
	expected_at: expected,
	updated_at: at,
	closed_at: statusOf(state) === 'closed' ? at : null
});

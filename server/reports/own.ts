import { randomUUID, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../src/lib/errors.ts';
import type { Database } from '../database/database.ts';
import type { PhotoFiles } from './photo-files.ts';
import { events, find, lock, marks, type Found, type Tx } from './store.ts';
import type { ReportLedgerRow } from './tables.ts';
import { DAY_MS, secondsTime, toFeature, toTimeline } from './view.ts';

/** How long after closing the way to reach a person is kept: the time to contest, and as long to answer. */
export const CONTACT_DAYS = 60;

/** The report a follow link opens. Throws `report_unknown`, `report_token_refused`. */
export async function openByToken(
	{ db }: Pick<Database, 'db'>,
	id: string,
	token: string
): Promise<Found> {
	const found = await find(db, id);
	const kept = found?.row.follow_token;
	if (!found || kept === null || kept === undefined) throw new AppError('report_unknown');
	if (kept.length !== token.length || !timingSafeEqual(Buffer.from(kept), Buffer.from(token)))
		throw new AppError('report_token_refused');
	return found;
}

/** Everything kept of a report, for the person who sent it (RGPD, articles 15 and 20). */
export async function exportOf({ db }: Pick<Database, 'db'>, found: Found) {
	const { row } = found;
	const history = await events(db, row.id);
	const own = row.device === null ? [] : await marks(db, row.id, row.device);
	return {
		...toFeature(found),
		visibility: row.visibility,
		createdAt: secondsTime(row.created_at),
		source: row.source,
		sent: { description: row.description },
		contact: { name: row.contact_name, email: row.contact_email, phone: row.contact_phone },
		timeline: toTimeline(history),
		checks: history
			.filter(({ kind }) => kind === 'published' || kind === 'hidden')
			.map(({ at, kind, reason }) => ({ at: secondsTime(at), kind, reason })),
		acts: own.map(({ kind, at, words }) => ({ kind, at: secondsTime(at), words })),
		photos: found.photos.map(({ n, width, height, bytes }) => ({
			path: `/api/v1/reports/${row.id}/photos/${n}`,
			width,
			height,
			bytes
		}))
	};
}

const NOBODY = {
	contact_name: null,
	contact_email: null,
	contact_phone: null,
	device: null,
	follow_token: null
} as const;

const entry = (report: string, at: number, what: ReportLedgerRow['what']) => ({
	id: randomUUID(),
	at,
	report,
	what
});

/**
 * Erases who sent a report, what they wrote and showed (RGPD, article 17). What the street needs stays if it was
 * published: category, place and states; a report nobody has checked goes whole. Files go last: what is named is there.
 */
export async function erase(
	{ db }: Pick<Database, 'db'>,
	files: PhotoFiles,
	id: string,
	now: number
): Promise<void> {
	const gone = await db.transaction().execute((tx) => eraseOne(tx, id, now, 'erased_on_request'));
	await files.remove(gone);
}

async function eraseOne(
	tx: Tx,
	id: string,
	now: number,
	what: ReportLedgerRow['what']
): Promise<string[]> {
	const row = await lock(tx, id);
	if (!row) return [];
	const photos = await tx
		.selectFrom('report_photos')
		.select('file')
		.where('report', '=', id)
		.execute();
	if (row.device !== null)
		await tx
			.deleteFrom('report_marks')
			.where('report', '=', id)
			.where('device', '=', row.device)
			.execute();
	if (row.visibility === 'published') {
		await tx.deleteFrom('report_photos').where('report', '=', id).execute();
		await tx
			.updateTable('reports')
			.set({
				...NOBODY,
				description: '',
				public_description: null,
				answers: '{}',
				address: null,
				entity: null,
				print: '',
				updated_at: Math.max(now, row.updated_at)
			})
			.where('id', '=', id)
			.execute();
	} else await tx.deleteFrom('reports').where('id', '=', id).execute();
	await tx
		.insertInto('report_ledger')
		.values(entry(id, now, what))
		.execute();
	return photos.map(({ file }) => file);
}

/**
 * Parts a device from everything here: its marks go, and its reports no longer lead to it, though they go on for the
 * street. Erasing a report itself is for its follow link.
 */
export async function forgetDevice(tx: Tx, device: string, now = Date.now()): Promise<void> {
	await tx.deleteFrom('report_marks').where('device', '=', device).execute();
	const own = await tx.selectFrom('reports').select('id').where('device', '=', device).execute();
	await tx
		.updateTable('reports')
		.set({
			contact_name: null,
			contact_email: null,
			contact_phone: null,
			device: null
		})
		.where('device', '=', device)
		.execute();
	for (const { id } of own)
		await tx
			.insertInto('report_ledger')
			.values(entry(id, now, 'device_erased'))
			.execute();
}

/** Takes the contact out of reports closed more than `CONTACT_DAYS` ago, and writes each in the ledger. Answers how many. */
export async function purgeContacts(
	{ db }: Pick<Database, 'db'>,
	now: number,
	days: number = CONTACT_DAYS
): Promise<number> {
	return db.transaction().execute(async (tx) => {
		const due = await tx
			.selectFrom('reports')
			.select('id')
			.where('closed_at', '<', now - days * DAY_MS)
			.where((eb) =>
				eb.or([
					eb('contact_name', 'is not', null),
					eb('contact_email', 'is not', null),
					eb('contact_phone', 'is not', null)
				])
			)
			.execute();
		for (const { id } of due) {
			await tx
				.updateTable('reports')
				.set({ contact_name: null, contact_email: null, contact_phone: null })
				.where('id', '=', id)
				.execute();
			await tx
				.insertInto('report_ledger')
				.values(entry(id, now, 'contact_purged'))
				.execute();
		}
		return due.length;
	});
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import { categoryOf } from '../../src/lib/reports/categories.ts';
import {
	checkAnswers,
	MAX_PHOTOS,
	reportSchema,
	type Report
} from '../../src/lib/reports/report.ts';
import { parseTime } from '../../src/lib/time.ts';
import type { Database } from '../database/database.ts';
import type { PhotoFiles } from './photo-files.ts';
import type { BarePhoto, PhotoWorker } from './photo-worker.ts';
import { addEvent, find, mark, stateColumns } from './store.ts';
import type { ReportRow } from './tables.ts';

interface Deps {
	database: Database;
	files: PhotoFiles;
	worker: PhotoWorker;
	clock: () => number;
}

/** A report as it came, from whichever door. */
export interface Incoming {
	report: Report;
	photos: readonly Uint8Array[];
	device: string | undefined;
	source: string;
	/** What a repeat is told by, where that is not the words themselves. */
	print?: string;
}

export interface Accepted {
	id: string;
	followToken: string;
	/** False where this is the answer to a repeat. */
	fresh: boolean;
}

/** Reads the `report` part. Throws `report_invalid` naming the field, or the question whose answer is wrong. */
export function readReport(json: unknown): Report {
	const read = v.safeParse(reportSchema, json);
	if (!read.success) {
		const [issue] = read.issues;
		const at = v.getDotPath(issue);
		throw new AppError('report_invalid', at === null ? issue.message : `${at}: ${issue.message}`);
	}
	return withAnswers(read.output);
}

/** The report with only the answers its category asks for. Throws `report_invalid` where one is missing or wrong. */
export function withAnswers(report: Report): Report {
	const category = categoryOf(report.category);
	if (!category) throw new AppError('report_invalid', 'category: is not a category');
	const { answers, trouble } = checkAnswers(category, report.answers);
	const [first] = trouble;
	if (first)
		throw new AppError(
			'report_invalid',
			`answers.${first.code}: ${first.what.replaceAll('_', ' ')}`
		);
	return { ...report, answers };
}

/**
 * Takes reports in: answers only once the photos and the row are on the disk, so that whoever was answered has lost
 * nothing, and whoever was not may send the same again. Repeats of a report at the same time wait for the first.
 */
export function acceptReports({ database, files, worker, clock }: Deps) {
	const { db } = database;
	const underWay = new Map<string, Promise<unknown>>();

	const insert = async (incoming: Incoming, print: string): Promise<Accepted> => {
		const { report, device, source } = incoming;
		const kept: { file: string; photo: BarePhoto }[] = [];
		try {
			for (const bytes of incoming.photos) {
				const photo = await worker.bare(bytes);
				kept.push({ file: await files.keep(photo.bytes), photo });
			}
			const row = newRow(report, { device, source, print, now: clock() });
			await db.transaction().execute(async (tx) => {
				await tx.insertInto('reports').values(row).execute();
				for (const [i, { file, photo }] of kept.entries())
					await tx
						.insertInto('report_photos')
						.values({
							report: row.id,
							n: i + 1,
							file,
							width: photo.width,
							height: photo.height,
							bytes: photo.bytes.length,
							public: 1
						})
						.execute();
				const { id, received_at: at, state } = row;
				await addEvent(tx, { report: id, at, kind: 'state', state });
				// Whoever reports wants to know how it ends.
				if (device !== undefined) await mark(tx, id, device, 'follow', at);
			});
			return { id: row.id, followToken: row.follow_token ?? '', fresh: true };
		} catch (error) {
			await files.remove(kept.map(({ file }) => file)).catch(() => {});
			// Another process may have taken the same report in meanwhile.
			const other = await repeat(incoming, print).catch((failure: unknown) => {
				if (failure instanceof AppError) throw failure;
				return undefined; // the database itself is in trouble: the first error says more
			});
			if (other) return other;
			throw sayFull(error);
		}
	};

	/** The former answer, where this report is here already. Throws `report_conflict` where it is another one. */
	const repeat = async ({ report, device }: Incoming, print: string) => {
		const found = await find(db, report.id);
		if (!found) return undefined;
		const { row } = found;
		// A published report's id is public: only who sent it may have its follow link again.
		const same = row.device === null ? equal(row.print, print) : equal(row.device, device ?? '');
		if (!same || row.follow_token === null) throw new AppError('report_conflict');
		return { id: row.id, followToken: row.follow_token, fresh: false };
	};

	return {
		/** Rejects `report_conflict`, `too_many_photos`, `photo_invalid`, `photo_too_large`, `storage_full`, `busy`. */
		async accept(incoming: Incoming): Promise<Accepted> {
			if (incoming.photos.length > MAX_PHOTOS) throw new AppError('too_many_photos');
			const print = incoming.print ?? printOf(incoming.report);
			const { id } = incoming.report;
			for (let before = underWay.get(id); before; before = underWay.get(id))
				await before.catch(() => {});
			const turn = (async () => (await repeat(incoming, print)) ?? insert(incoming, print))();
			underWay.set(id, turn);
			try {
				return await turn;
			} finally {
				underWay.delete(id);
			}
		}
	};
}

interface Sender {
	device: string | undefined;
	source: string;
	print: string;
	now: number;
}

function newRow(report: Report, { device, source, print, now }: Sender): ReportRow {
	const { contact, location } = report;
	return {
		id: report.id,
		category: report.category,
		answers: JSON.stringify(report.answers),
		description: report.description,
		public_description: null,
		lon: location && round(location.lon),
		lat: location && round(location.lat),
		address: report.address || null,
		entity: report.entity && JSON.stringify(report.entity),
		created_at: parseTime(report.createdAt) ?? now,
		received_at: now,
		...stateColumns('received', now),
		duplicate_of: null,
		visibility: 'unchecked',
		source,
		print,
		device: device ?? null,
		follow_token: randomBytes(16).toString('base64url'),
		contact_name: contact?.name || null,
		contact_email: contact?.email || null,
		contact_phone: contact?.phone || null
	};
}

/** A tenth of a metre: no phone knows more, and a longer number would only tell phones apart. */
const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;

const printOf = (report: Report) =>
	createHash('sha256').update(JSON.stringify(report)).digest('base64url');

const equal = (a: string, b: string) =>
	a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;

/** A full disk in the code the phone keys on: it keeps the report and tries again later. */
function sayFull(error: unknown): unknown {
	const { code, errcode } = error as { code?: string; errcode?: number };
	const full =
		code === 'ENOSPC' ||
		code === 'EDQUOT' ||
		code === 'EFBIG' ||
		code === '53100' || // PostgreSQL: disk_full
		errcode === SQLITE_FULL ||
		(errcode !== undefined && (errcode & 0xff) === SQLITE_IOERR);
	return full ? new AppError('storage_full', undefined, { cause: error }) : error;
}

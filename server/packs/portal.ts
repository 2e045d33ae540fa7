import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import { formatTime, parseTime } from '../../src/lib/time.ts';
import type { Session } from '../connectors/session.ts';
import { rowsOf, type Row } from './rows.ts';
import type { Part } from './settings.ts';

/** One file of open data, read whole. */
export interface Read {
	/** Id of the dataset, or the address of the file. */
	id: string;
	rows: Row[];
	licence: string;
	attribution: string;
	/** When the portal says the data last changed, RFC 3339. */
	updated: string | undefined;
	/** Where people read about it. */
	page: string;
}

const text = v.optional(v.nullable(v.string()));
const about = v.object({
	metas: v.object({
		default: v.object({
			license: text,
			publisher: text,
			attributions: v.optional(v.nullable(v.array(v.string()))),
			data_processed: text,
			modified: text
		})
	})
});

type Page = Pick<Session, 'page'>;

/** Rows of one page of v1, which has no address that answers all. */
const PAGE = 1_000;
const MAX_PAGES = 10;

/**
 * Reads one part of a pack: the first of its datasets that the portal has, or its file. Undefined where the portal has none
 * of them. Rejects an `AppError` of the codes `source_…` where it fails to answer.
 */
export async function readPart(
	session: Page,
	portalUrl: string,
	part: Part,
	thanks: string
): Promise<Read | undefined> {
	if (part.url !== undefined) {
		const { rows, total, unread } = rowsOf(await session.page(part.url));
		if (rows.length + unread < total) throw notWhole(rows.length, total);
		return {
			id: part.url,
			rows,
			licence: part.licence,
			attribution: part.attribution ?? thanks,
			updated: undefined,
			page: part.url
		};
	}
	for (const id of part.datasets) {
		const rows = await rowsOfDataset(session, portalUrl, id);
		if (!rows) continue;
		const { license, publisher, attributions, data_processed, modified } =
			(await catalogue(session, portalUrl, id)) ?? {};
		const changed = parseTime(data_processed ?? '') ?? parseTime(modified ?? '');
		return {
			id,
			rows,
			licence: license ?? part.licence,
			attribution:
				attributions?.filter((name) => !name.includes('@')).join(', ') ||
				part.attribution ||
				publisher ||
				thanks,
			updated: changed === undefined ? undefined : formatTime(changed),
			page: `${portalUrl}/explore/dataset/${id}/`
		};
	}
	return undefined;
}

/** What the catalogue tells of a dataset. Its silence costs the licence's name, not the data. */
async function catalogue(session: Page, portalUrl: string, id: string) {
	const address = `${portalUrl}/api/explore/v2.1/catalog/datasets/${id}`;
	const json = await session.page(address).catch(() => undefined);
	const read = v.safeParse(about, json);
	return read.success ? read.output.metas.default : undefined;
}

/** All records, by the first form of address the portal serves; undefined where it has no such dataset. */
async function rowsOfDataset(
	session: Page,
	portalUrl: string,
	id: string
): Promise<Row[] | undefined> {
	const base = `${portalUrl}/api/explore/v2.1/catalog/datasets/${id}/exports`;
	for (const address of [`${base}/geojson`, `${base}/json`]) {
		const json = await session.page(address).catch(nothingThere);
		if (json !== undefined) return rowsOf(json).rows;
	}
	return formerRows(session, portalUrl, id);
}

async function formerRows(
	session: Page,
	portalUrl: string,
	id: string
): Promise<Row[] | undefined> {
	const found: Row[] = [];
	for (let page = 0; page < MAX_PAGES; page++) {
		const address = `${portalUrl}/api/records/1.0/search/?dataset=${id}&rows=${PAGE}&start=${page * PAGE}`;
		const json = await session.page(address).catch(page === 0 ? nothingThere : rethrow);
		if (json === undefined) return undefined;
		const { rows, total, unread } = rowsOf(json);
		found.push(...rows);
		if (found.length + unread >= total || rows.length < Math.min(PAGE, total)) {
			if (page > 0 && found.length < total - unread) throw notWhole(found.length, total);
			return found;
		}
	}
	return found;
}

/** A portal that knows no such dataset or no such form answers 404, or 400 in its former version. */
function nothingThere(error: unknown): undefined {
	if (
		error instanceof AppError &&
		error.code === 'source_status' &&
		/^(400|404|410)\b/.test(error.detail)
	)
		return undefined;
	throw error;
}

const rethrow = (error: unknown): never => {
	throw error;
};

const notWhole = (read: number, total: number) =>
	new AppError('source_unreadable', `${read} records read of ${total}`);

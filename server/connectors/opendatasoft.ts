import { AppError } from '../../src/lib/errors.ts';
import type { SourceConfig } from '../config.ts';
import type { Answer, Format, Reader } from './format.ts';
import { parseJcdecaux } from './jcdecaux.ts';
import { datasetOf, odsPoint, odsRows } from './ods.ts';
import type { Reading } from './records.ts';
import { parseStation, placeFrom, stationRef } from './weather-station.ts';

const PAGE = 100; // the portal's own maximum
const LAST_OFFSET = 9_900; // offset + limit above 10,000 is refused
const NEWEST = 10; // a station may send a late or doubled message; the newest is judged among the last few

/** Bike stations of a portal: JCDecaux's fields, with positions as the portal writes them. Pure. */
export function parsePortalBikes(rows: readonly unknown[], source: SourceConfig): Reading {
	return parseJcdecaux(rows.map(withPosition), source);
}

/** The same record with its position as JCDecaux writes it, whichever API version it came by. */
function withPosition(row: unknown): unknown {
	if (typeof row !== 'object' || row === null) return row;
	const fields: Record<string, unknown> = { ...row };
	const at = odsPoint(fields['position']) ?? odsPoint(fields['geometry']);
	return {
		...fields,
		position: at && { longitude: at.coordinates[0], latitude: at.coordinates[1] }
	};
}

/** A dataset of an Opendatasoft portal: the bike stations, or the messages of one weather station. */
export const opendatasoft: Format = {
	read: (reader) => (reader.layer.id === 'weather' ? readWeather(reader) : readBikes(reader))
};

async function readBikes(reader: Reader): Promise<Answer> {
	const { rows, full } = await readAll(reader);
	const { records, bad } = parsePortalBikes(rows, reader.source);
	return { records, bad, full };
}

/**
 * Every row of the dataset: by the export, one answer, or page by page where the export fails. An export can break after
 * its 200, and its address may be closed while `/records` still answers.
 */
async function readAll({ source, page }: Reader): Promise<{ rows: unknown[]; full: boolean }> {
	const dataset = datasetOf(source.url);
	let broken: AppError | undefined;
	if (dataset.all) {
		try {
			return { rows: odsRows(await page(dataset.all)).rows, full: true };
		} catch (error) {
			// Too late, too many or too large would be so again; anything else may be the export's own trouble.
			if (!(error instanceof AppError) || !pagesMayWork(error)) throw error;
			broken = error;
		}
	}
	const rows: unknown[] = [];
	let former: string | undefined;
	while (rows.length <= LAST_OFFSET) {
		const address = dataset.page(rows.length, PAGE, { by: 'number', descending: false });
		const { rows: some, total } = await page(address)
			.then(odsRows)
			.catch((error: unknown) => {
				throw broken ?? error; // what went wrong first says more
			});
		const first = JSON.stringify(some[0]);
		if (first !== undefined && first === former) return { rows, full: false }; // it always gives the same page
		former = first;
		rows.push(...some);
		const last = total === undefined ? some.length !== PAGE : rows.length >= total;
		if (last || some.length === 0) return { rows, full: true };
	}
	return { rows, full: false };
}

const pagesMayWork = ({ code, detail }: AppError) =>
	code === 'source_unreadable' || (code === 'source_status' && !/^429\b/.test(detail));

async function readWeather({ source, layer, now, page }: Reader): Promise<Answer> {
	const dataset = datasetOf(source.url);
	const newest = dataset.page(0, NEWEST, { by: 'heure_utc', descending: true });
	const catalogue = source.options['catalogue'];
	const [answer, places] = await Promise.all([
		page(newest).then(odsRows),
		typeof catalogue === 'string' ? readCatalogue(catalogue, page) : []
	]);
	const place = placeFrom(places, dataset.id);
	const station = { ref: stationRef(dataset.id), ...place };
	const { records, bad } = parseStation(answer.rows, source, layer, station, now);
	return { records, bad, full: true };
}

const DAY_MS = 86_400_000;

/** The catalogue of stations, once a day for all of them. Without it a station still has values and a name. */
async function readCatalogue(address: string, page: Reader['page']): Promise<unknown[]> {
	try {
		const dataset = datasetOf(address);
		const shared = { keepMs: DAY_MS, shared: true };
		return odsRows(await page(dataset.all ?? dataset.page(0, 1_000), shared)).rows;
	} catch (error) {
		if (error instanceof AppError) return [];
		throw error;
	}
}

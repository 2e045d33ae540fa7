import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import { point, pointOf } from './records.ts';

/** Where a dataset of an Opendatasoft portal is read. */
export interface Dataset {
	id: string;
	/** v1 has an envelope, a paging and a sort order of its own. */
	version: 'v1' | 'v2';
	/** All records in one answer; undefined where the API has no such address. */
	all: string | undefined;
	/** Records `offset` to `offset + limit`, ordered by a field: newest or largest first where `descending`. */
	page(offset: number, limit: number, order?: { by: string; descending: boolean }): string;
}

/** Takes apart an address of a dataset: v2.x (`…/datasets/{id}`, `/records` or `/exports/json` may follow) or v1. */
export function datasetOf(address: string): Dataset {
	const url = new URL(address);
	const v2 = /^(.*\/datasets\/([^/]+?))(\/records|\/exports\/json)?\/?$/.exec(url.pathname);
	const with_ = (path: string, query: Record<string, string | number>) => {
		const page = new URL(url);
		page.pathname = path;
		for (const [name, value] of Object.entries(query)) page.searchParams.set(name, String(value));
		return page.href;
	};
	if (v2) {
		const [, base = '', id = ''] = v2;
		return {
			id: decodeURIComponent(id),
			version: 'v2',
			all: with_(`${base}/exports/json`, {}),
			page: (offset, limit, order) =>
				with_(`${base}/records`, {
					limit,
					offset,
					...(order && { order_by: order.descending ? `${order.by} desc` : order.by })
				})
		};
	}
	const id = url.searchParams.get('dataset');
	if (!id)
		throw new AppError('config_invalid', 'the address names no dataset of an Opendatasoft portal');
	return {
		id,
		version: 'v1',
		all: undefined,
		page: (offset, limit, order) =>
			with_(url.pathname, {
				rows: limit,
				start: offset,
				// v1 sorts a number or a date downward unless a minus stands before it.
				...(order && { sort: order.descending ? order.by : `-${order.by}` })
			})
	};
}

const fields = v.record(v.string(), v.unknown());
const v1Record = v.object({ fields, geometry: v.optional(v.unknown()) });
const v20Record = v.object({ record: v.object({ fields }) });

export interface OdsPage {
	/** Flat fields of each record; what is not a record stays as it is, for its reader to refuse. */
	rows: unknown[];
	total: number | undefined;
}

/**
 * Flat records from any envelope: v1 `{nhits, records[{fields}]}`, v2.0 `{total_count, records[{record}]}`, v2.1
 * `{total_count, results[]}`, or the bare array of an export. v1 leaves empty fields out, v2.1 writes `null`.
 */
export function odsRows(json: unknown): OdsPage {
	if (Array.isArray(json)) return { rows: json.map(flatten), total: json.length };
	const read = v.safeParse(
		v.object({
			nhits: v.optional(v.number()),
			total_count: v.optional(v.number()),
			results: v.optional(v.array(v.unknown())),
			records: v.optional(v.array(v.unknown()))
		}),
		json
	);
	const list = read.success ? (read.output.results ?? read.output.records) : undefined;
	if (!read.success || !list)
		throw new AppError('source_unreadable', 'neither results nor records in the answer');
	return { rows: list.map(flatten), total: read.output.total_count ?? read.output.nhits };
}

function flatten(record: unknown): unknown {
	const v20 = v.safeParse(v20Record, record);
	if (v20.success) return v20.output.record.fields;
	const v1 = v.safeParse(v1Record, record);
	if (!v1.success) return record;
	const { geometry } = v1.output;
	return geometry === undefined ? v1.output.fields : { ...v1.output.fields, geometry };
}

/**
 * A position as these portals write it: `{lon, lat}` (v2), `[lat, lon]` (v1, the other way round than GeoJSON), or a
 * GeoJSON geometry.
 */
export function odsPoint(value: unknown): ReturnType<typeof point> {
	if (Array.isArray(value)) return point(value[1], value[0]);
	const pair = v.safeParse(v.object({ lon: v.unknown(), lat: v.unknown() }), value);
	return pair.success ? point(pair.output.lon, pair.output.lat) : pointOf(value);
}

import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import type { Reader } from './format.ts';
import { point, pointOf } from './records.ts';

export interface Row {
	fields: unknown;
	location: ReturnType<typeof point>;
}

const featureSchema = v.object({
	attributes: v.optional(v.unknown()),
	properties: v.optional(v.unknown()),
	geometry: v.optional(v.unknown())
});
const pageSchema = v.object({
	features: v.array(featureSchema),
	exceededTransferLimit: v.optional(v.boolean()),
	properties: v.optional(v.object({ exceededTransferLimit: v.optional(v.boolean()) }))
});
const errorSchema = v.object({
	error: v.object({ code: v.optional(v.number()), message: v.optional(v.string()) })
});
const esriPoint = v.object({ x: v.number(), y: v.number() });
const wgs84 = v.object({ x_wgs84: v.unknown(), y_wgs84: v.unknown() });

/** One page of an ArcGIS query, `f=json` or `f=geojson`. Errors come with HTTP 200 and `{error}`: they are thrown. */
export function arcgisPage(json: unknown): { rows: Row[]; more: boolean } {
	const failed = v.safeParse(errorSchema, json);
	if (failed.success) {
		const { code, message } = failed.output.error;
		throw new AppError(
			'source_status',
			`${code ?? 'error'}: ${(message ?? 'no reason given').slice(0, 200)}`
		);
	}
	const read = v.safeParse(pageSchema, json);
	if (!read.success) throw new AppError('source_unreadable', 'the answer has no features');
	const { features, exceededTransferLimit, properties } = read.output;
	return {
		rows: features.map(({ attributes, properties: own, geometry }) => ({
			fields: attributes ?? own,
			location: locationOf(geometry, attributes ?? own)
		})),
		more: exceededTransferLimit ?? properties?.exceededTransferLimit ?? false
	};
}

function locationOf(geometry: unknown, fields: unknown): ReturnType<typeof point> {
	const esri = v.safeParse(esriPoint, geometry);
	if (esri.success) return point(esri.output.x, esri.output.y);
	const own = v.safeParse(wgs84, fields);
	return (
		pointOf(geometry) ?? (own.success ? point(own.output.x_wgs84, own.output.y_wgs84) : undefined)
	);
}

const MAX_PAGES = 30; // of 1,000 or 2,000 rows: a month of a region; a server that never ends is left there

/**
 * Every row of a layer, page by page while the server says there are more, or until `enough` does. `full` is false where
 * the server never came to an end. `options.where` narrows the query.
 */
export async function arcgisRows(
	{ source, page }: Reader,
	query: Record<string, string>,
	enough: (rows: readonly Row[]) => boolean = () => false
): Promise<{ rows: Row[]; full: boolean }> {
	const rows: Row[] = [];
	const where = source.options['where'];
	let former: string | undefined;
	for (let i = 0; i < MAX_PAGES; i++) {
		const url = new URL(`${source.url.replace(/\/+$/, '')}/query`);
		const all = {
			where: typeof where === 'string' ? where : '1=1',
			outFields: '*',
			outSR: '4326',
			f: 'json',
			...query
		};
		for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
		if (rows.length > 0) url.searchParams.set('resultOffset', String(rows.length));
		const { rows: some, more } = arcgisPage(await page(url.href));
		const first = JSON.stringify(some[0]?.fields);
		if (first !== undefined && first === former) return { rows, full: false }; // it always gives the same page
		former = first;
		rows.push(...some);
		if (!more || some.length === 0) return { rows, full: true };
		if (enough(rows)) return { rows, full: true };
	}
	return { rows, full: false };
}

import * as v from 'valibot';
import type { Bbox, Position } from '../../src/lib/geo.ts';
import { inside } from '../../src/lib/geo.ts';
import { odsPoint, odsRows } from '../connectors/ods.ts';
import { point } from '../connectors/records.ts';

/** One record of a file, whatever the file's form. */
export interface Row {
	fields: Readonly<Record<string, unknown>>;
	geometry: unknown;
}

const record = v.record(v.string(), v.unknown());
const feature = v.object({
	type: v.literal('Feature'),
	geometry: v.optional(v.unknown()),
	properties: v.nullish(record)
});
const collection = v.object({
	type: v.literal('FeatureCollection'),
	features: v.array(v.unknown())
});

/**
 * The records of an answer: a GeoJSON file, an export, a page of records of v2.1, v2.0 or v1, or the bare records of v1.
 * What is no record is counted in `unread`. Throws `source_unreadable` where the answer is none of these.
 */
export function rowsOf(json: unknown): { rows: Row[]; unread: number; total: number } {
	const geojson = v.safeParse(collection, json);
	const { rows: found, total } = geojson.success
		? { rows: geojson.output.features, total: geojson.output.features.length }
		: odsRows(json);
	const rows: Row[] = [];
	for (const one of found) {
		const asFeature = v.safeParse(feature, one);
		const asRecord = v.safeParse(record, one);
		if (asFeature.success)
			rows.push({ fields: asFeature.output.properties ?? {}, geometry: asFeature.output.geometry });
		else if (!geojson.success && asRecord.success && !Array.isArray(one))
			rows.push({
				fields: asRecord.output,
				geometry: asRecord.output['geo_shape'] ?? asRecord.output['geometry']
			});
	}
	return { rows, unread: found.length - rows.length, total: total ?? found.length };
}

/** Fields that hold a position in one of the forms of these portals, the surest first. */
const POINTS = ['geo_point_2d', 'geo_point', 'geopoint', 'position'];
const PAIRS = [
	['xlong', 'ylat'],
	['googlemap_longitude', 'googlemap_latitude'],
	['longitude', 'latitude'],
	['lon', 'lat']
] as const;

/**
 * Where a record is: `undefined` where it does not say, `broken` where what it says is no place of the city. A line or a
 * surface is told by a point on it or in its middle.
 */
export function whereIs({ fields, geometry }: Row, box: Bbox): Position | 'broken' | undefined {
	const said: unknown[] = [];
	const told = (at: { coordinates: Position } | undefined, raw: unknown) => {
		if (raw !== undefined && raw !== null) said.push(raw);
		return at && inside(at.coordinates, box) ? round(at.coordinates) : undefined;
	};
	const shape = told(middle(geometry), geometry);
	if (shape) return shape;
	for (const name of POINTS) {
		const value = fields[name];
		if (Array.isArray(value) && value.length < 2) continue; // `[null]`: an empty field of v1
		const at = told(odsPoint(value), value);
		if (at) return at;
	}
	for (const [x, y] of PAIRS) {
		const at = told(point(fields[x], fields[y]), fields[x]);
		if (at) return at;
	}
	return said.length > 0 ? 'broken' : undefined;
}

/** Six decimals are eleven centimetres. */
const round = ([lon, lat]: Position): Position => [
	Math.round(lon * 1e6) / 1e6,
	Math.round(lat * 1e6) / 1e6
];

const shaped = v.object({ type: v.string(), coordinates: v.array(v.unknown()) });
const numbers = v.pipe(v.array(v.number()), v.minLength(2));

/** A point that stands for a geometry, or for a Feature that holds one. */
function middle(geometry: unknown): ReturnType<typeof point> {
	const inner = v.safeParse(
		v.object({ type: v.literal('Feature'), geometry: v.unknown() }),
		geometry
	);
	const read = v.safeParse(shaped, inner.success ? inner.output.geometry : geometry);
	if (!read.success) return undefined;
	const { type, coordinates } = read.output;
	const all = positions(coordinates);
	const [first] = all;
	if (!first) return undefined;
	if (type.endsWith('Point')) return point(first[0], first[1]);
	if (type.endsWith('LineString')) {
		const half = all[all.length >> 1] ?? first;
		return point(half[0], half[1]);
	}
	const sum = all.reduce<[number, number]>(
		([x, y], [lon = 0, lat = 0]) => [x + lon, y + lat],
		[0, 0]
	);
	return point(sum[0] / all.length, sum[1] / all.length);
}

const MAX_POSITIONS = 100_000;

/** Every position of a geometry, at any depth a GeoJSON geometry may have. */
function positions(coordinates: readonly unknown[], depth = 0): number[][] {
	if (v.is(numbers, coordinates)) return [coordinates];
	if (depth > 3) return [];
	const found: number[][] = [];
	for (const inner of coordinates) {
		if (!Array.isArray(inner)) continue;
		for (const at of positions(inner, depth + 1)) {
			if (found.length >= MAX_POSITIONS) return found;
			found.push(at);
		}
	}
	return found;
}

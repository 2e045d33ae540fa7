import * as v from 'valibot';
import type { ErrorCode } from '../../src/lib/errors.ts';
import type { Position } from '../../src/lib/geo.ts';
import { parseId, slug } from '../../src/lib/layers/entity.ts';
import { formatTime, parseTime } from '../../src/lib/time.ts';
import type { SourceConfig } from '../config.ts';

/** One raw message to be: the id of its topic and its payload. One id may come several times, oldest first. */
export interface RawRecord {
	id: string;
	patch: Record<string, unknown>;
}

/** A record that could not be read; `ref` is the source's key where at least that was there. */
export interface BadRecord {
	ref: string | undefined;
	code: ErrorCode;
	detail: string;
	/** What the source sent. */
	record: unknown;
}

/** What one answer of a source says. */
export interface Reading {
	records: RawRecord[];
	bad: BadRecord[];
}

/** The id of the contract for a source's own key, or undefined where nothing usable is left of the key. */
export function recordId(source: SourceConfig, ref: string | number): string | undefined {
	const id = `${source.layer}-${source.system}-${slug(String(ref))}`;
	return parseId(id) ? id : undefined;
}

/** A GeoJSON point, or undefined outside WGS84 and at 0,0, which is how feeds say « not known ». */
export function point(
	lon: unknown,
	lat: unknown
): { type: 'Point'; coordinates: Position } | undefined {
	const x = number(lon);
	const y = number(lat);
	if (x === undefined || y === undefined || (x === 0 && y === 0)) return undefined;
	if (Math.abs(x) > 180 || Math.abs(y) > 90) return undefined;
	return { type: 'Point', coordinates: [x, y] };
}

/** A GeoJSON Point, or a MultiPoint of which newer exports make one with a single point. */
export function pointOf(geometry: unknown): ReturnType<typeof point> {
	const read = v.safeParse(geometrySchema, geometry);
	if (!read.success) return undefined;
	const [first, second] = read.output.coordinates;
	return Array.isArray(first) ? point(first[0], first[1]) : point(first, second);
}

const geometrySchema = v.object({
	type: v.picklist(['Point', 'MultiPoint']),
	coordinates: v.array(v.unknown())
});

/** A finite number, also where a feed writes it as text; undefined for anything else. */
export function number(value: unknown): number | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value !== 'string' || !/^\s*-?\d+([.,]\d+)?\s*$/.test(value)) return undefined;
	return Number(value.replace(',', '.'));
}

/** A yes or no as feeds write it: `true`, `"True"`, `1`, `"0"`; undefined for anything else. */
export function truth(value: unknown): boolean | undefined {
	if (typeof value === 'boolean') return value;
	const word = String(value).trim().toLowerCase();
	if (word === 'true' || word === '1') return true;
	return word === 'false' || word === '0' ? false : undefined;
}

/**
 * Milliseconds of a time as feeds write it: RFC 3339, a date-time without zone (taken as UTC), seconds or milliseconds
 * since 1970. 0 and anything else is undefined.
 */
export function feedTime(value: unknown): number | undefined {
	if (typeof value === 'string' && !/^\d+$/.test(value)) {
		const text = value.trim();
		return parseTime(text) ?? parseTime(`${text}Z`);
	}
	const stamp = number(value);
	if (stamp === undefined || stamp <= 0 || stamp > 1e14) return undefined;
	// As seconds, 1e11 would be the year 5138; as milliseconds it is 1973.
	return stamp > 1e11 ? stamp : stamp * 1000;
}

interface Parts {
	ref: string | number;
	/** Milliseconds since 1970. */
	observed: number | undefined;
	name?: string | undefined;
	location?: ReturnType<typeof point>;
	address?: string | undefined;
	/** Attributes of the layer; an undefined one is left out, `null` says unknown. */
	values: Record<string, unknown>;
}

const placesSchema = v.record(
	v.string(),
	v.object({
		name: v.optional(v.string()),
		location: v.optional(
			v.union([
				v.tuple([v.number(), v.number()]),
				v.object({ coordinates: v.tuple([v.number(), v.number()]) })
			])
		)
	})
);

/** What `options.places` gives for a key, for feeds that lack names or positions. */
export function placeOf(source: SourceConfig, ref: string | number) {
	const places = v.safeParse(placesSchema, source.options['places'] ?? {});
	const place = places.success ? places.output[String(ref)] : undefined;
	const at =
		place?.location &&
		('coordinates' in place.location ? place.location.coordinates : place.location);
	return { name: place?.name, location: at && point(at[0], at[1]) };
}

const LINE = 200; // what the intake takes of a name: a longer one must not cost the values

/** Gathers the records of one answer, so that one that cannot be read costs itself alone. */
export class Gathering implements Reading {
	readonly records: RawRecord[] = [];
	readonly bad: BadRecord[] = [];
	#source: SourceConfig;

	constructor(source: SourceConfig) {
		this.#source = source;
	}

	/** Adds one record. Without a usable key or time it is a bad one. */
	add(parts: Parts, record: unknown): void {
		const { ref, observed, values } = parts;
		const id = recordId(this.#source, ref);
		if (id === undefined)
			return this.refuse(undefined, 'id_invalid', `key ${JSON.stringify(ref)}`, record);
		if (observed === undefined)
			return this.refuse(String(ref), 'date_missing', 'the record has no time of its own', record);
		const place = placeOf(this.#source, ref);
		const name = parts.name || place.name;
		const location = parts.location ?? place.location;
		const patch: Record<string, unknown> = { dateObserved: formatTime(observed) };
		if (name) patch['name'] = name.slice(0, LINE);
		if (location) patch['location'] = location;
		if (parts.address) patch['address'] = parts.address.slice(0, LINE);
		patch['source'] = this.#source.id;
		for (const [key, value] of Object.entries(values)) if (value !== undefined) patch[key] = value;
		this.records.push({ id, patch });
	}

	refuse(ref: string | undefined, code: ErrorCode, detail: string, record: unknown): void {
		this.bad.push({ ref, code, detail, record });
	}

	/** Reads one record by its schema; where it does not fit, it is refused and undefined returned. */
	read<T>(schema: v.GenericSchema<unknown, T>, record: unknown, key: string): T | undefined {
		const parsed = v.safeParse(schema, record);
		if (parsed.success) return parsed.output;
		const ref = v.safeParse(v.object({ [key]: v.union([v.string(), v.number()]) }), record);
		const [issue] = parsed.issues;
		const at = v.getDotPath(issue) ?? 'record';
		this.refuse(
			ref.success ? String(ref.output[key]) : undefined,
			at === key ? 'id_invalid' : 'attribute_invalid',
			`${at}: ${issue.message}`,
			record
		);
		return undefined;
	}
}

/** A count of things, also where a feed writes it as text. Anything but a whole number from 0 is refused. */
export const countSchema = v.pipe(
	v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
	v.integer(),
	v.minValue(0)
);

/** A source's key: text or number. */
export const keySchema = v.union([
	v.pipe(v.string(), v.nonEmpty()),
	v.pipe(v.number(), v.finite())
]);

import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import type { SourceConfig } from '../config.ts';
import type { Format } from './format.ts';
import { stationStatus } from './jcdecaux.ts';
import { feedTime, Gathering, number, pointOf, type Reading } from './records.ts';

const entitySchema = v.objectWithRest({ id: v.pipe(v.string(), v.nonEmpty()) }, v.unknown());

interface Property {
	value: unknown;
	/** When this one attribute was observed, ms. */
	time: number | undefined;
}

const wrapped = v.objectWithRest({ type: v.string() }, v.unknown());
const metadataTime = v.record(v.string(), v.object({ value: v.unknown() }));

/**
 * An attribute in any of the three forms: NGSI v2 normalised (`{type, value, metadata: {timestamp}}`), NGSI-LD normalised
 * (`{type: "Property", value, observedAt}`) or key-values (the plain value).
 */
function property(attribute: unknown): Property {
	const read = v.safeParse(wrapped, attribute);
	// A GeoJSON geometry in key-values has a type and coordinates, but no value.
	if (!read.success || !('value' in read.output)) return { value: attribute, time: undefined };
	const { value, observedAt, metadata } = read.output;
	const times = v.safeParse(metadataTime, metadata);
	const { timestamp, TimeInstant, observedAt: observed } = times.success ? times.output : {};
	return {
		value: value === 'urn:ngsi-ld:null' ? null : value,
		time: feedTime(observedAt ?? (timestamp ?? TimeInstant ?? observed)?.value)
	};
}

const TIMES = [
	'dateObserved',
	'observationDateTime',
	'observationDate',
	'TimeInstant',
	'dateModified',
	'modifiedAt'
];
const addressSchema = v.object({ streetAddress: v.string() });

/**
 * Entities of an NGSI v2 or NGSI-LD server. `dateObserved` is the newest time among the attributes; an attribute that is
 * older keeps its own time in a record of its own. The id is the last segment of the URN.
 */
export function parseNgsi(
	entities: readonly unknown[],
	source: SourceConfig,
	layer: Layer
): Reading {
	const found = new Gathering(source);
	for (const record of entities) {
		const entity = found.read(entitySchema, record, 'id');
		if (!entity) continue;
		const ref = entity.id.split(':').at(-1) ?? '';
		const { values, times, wrong } = attributesOf(entity, layer);
		if (wrong !== undefined) {
			found.refuse(ref, 'attribute_invalid', wrong, record);
			continue;
		}
		const own = TIMES.map((name) => feedTime(property(entity[name]).value)).find(
			(time) => time !== undefined
		);
		const newest = Math.max(
			...times.values(),
			...(times.size === 0 && own !== undefined ? [own] : [])
		);
		const observed = Number.isFinite(newest) ? newest : own;
		const older = [...new Set(times.values())]
			.filter((time) => time !== observed)
			.sort((a, b) => a - b);
		const described = { ref, ...descriptionOf(entity) };
		for (const time of older) {
			const then = Object.entries(values).filter(([name]) => times.get(name) === time);
			found.add({ ...described, observed: time, values: Object.fromEntries(then) }, record);
		}
		const now = Object.entries(values).filter(([name]) => !older.includes(times.get(name) ?? NaN));
		found.add({ ...described, observed, values: Object.fromEntries(now) }, record);
	}
	return found;
}

function attributesOf(entity: Record<string, unknown>, layer: Layer) {
	const values: Record<string, unknown> = {};
	const times = new Map<string, number>();
	let wrong: string | undefined;
	for (const [name, { schema }] of Object.entries(layer.attributes)) {
		if (!(name in entity)) continue;
		const { value, time } = property(entity[name]);
		const read = value === null ? null : normalised(layer, name, value);
		if (read === undefined) continue;
		if (read !== null && !v.is(schema, read))
			wrong ??= `${name}: ${JSON.stringify(value)?.slice(0, 80)}`;
		values[name] = read;
		if (time !== undefined) times.set(name, time);
	}
	return { values, times, wrong };
}

/** The value as the model wants it; undefined where a word is none of the model's. */
function normalised(layer: Layer, name: string, value: unknown): unknown {
	const { words, schema } = layer.attributes[name] ?? {};
	if (!schema) return undefined;
	if (!words)
		return typeof value === 'string' && !v.is(schema, value) ? (number(value) ?? value) : value;
	// « Open », where the model has the list ["open"]; « AlmostFull » where it has « almostFull ».
	const list = (Array.isArray(value) ? value : String(value).split(',')).map((word) =>
		lowerFirst(String(word).trim())
	);
	const known = list.filter((word) => word in words);
	const single = known[0] ?? stationStatus(list[0]) ?? undefined;
	if (v.is(schema, known)) return known.length > 0 ? known : undefined;
	return single !== undefined && v.is(schema, single) ? single : undefined;
}

const lowerFirst = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);

function descriptionOf(entity: Record<string, unknown>) {
	const text = (name: string) => {
		const { value } = property(entity[name]);
		// Real collectors name what they do not know « Inconnu »: that is no name.
		return typeof value === 'string' && !/^inconnu$/i.test(value.trim())
			? value.trim() || undefined
			: undefined;
	};
	const address = v.safeParse(addressSchema, property(entity['address']).value);
	const street = address.success ? address.output.streetAddress : text('address');
	return {
		name: text('name') ?? text('stationName') ?? street,
		location: pointOf(property(entity['location']).value),
		address: street
	};
}

const DEFAULT_PAGE = 20; // what an Orion broker answers when not asked for more
const MAX_PAGE = 1_000;
const MAX_PAGES = 10;

/** A collection of NGSI entities, v2 or LD. */
export const ngsiV2: Format = {
	async read({ source, layer, page }) {
		let entities = listOf(await page(source.url));
		let full = true;
		const url = new URL(source.url);
		if (entities.length === DEFAULT_PAGE && !url.searchParams.has('limit')) {
			const all: unknown[] = [];
			url.searchParams.set('limit', String(MAX_PAGE));
			full = false;
			for (let i = 0; i < MAX_PAGES && !full; i++) {
				url.searchParams.set('offset', String(all.length));
				const some = listOf(await page(url.href));
				all.push(...some);
				full = some.length < MAX_PAGE;
			}
			entities = all;
		}
		const { records, bad } = parseNgsi(entities, source, layer);
		return { records, bad, full };
	}
};

function listOf(json: unknown): unknown[] {
	if (Array.isArray(json)) return json;
	throw new AppError('source_unreadable', 'the answer is not a list of entities');
}

import * as v from 'valibot';
import { AppError, type ErrorCode } from '../../src/lib/errors.ts';
import type { Position } from '../../src/lib/geo.ts';
import type { Layer, Value } from '../../src/lib/layers/define-layer.ts';
import { parseId, SIMULATED_SOURCE, SIMULATED_SYSTEM, urn } from '../../src/lib/layers/entity.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { parseTime } from '../../src/lib/time.ts';
import { levels } from '../../src/lib/topics.ts';
import { readPayload } from './payload.ts';

export const MAX_PAYLOAD_BYTES = 64 * 1024;
/** A clock further ahead than this is wrong, not early (CONTRACT, « Clock »). */
const AHEAD_MS = 5 * 60_000;
/** A clock that was never set says 1970, 1900 or year 1: kept as it is, and dead. Before that no date can be written. */
const OLDEST_MS = Date.parse('0001-01-01T00:00:00Z');

/** What one raw message says, checked: which attributes are now known to be what, as of when. */
export interface Patch {
	id: string;
	layer: Layer;
	/** ms since 1970; the server's own time where `clock` is set. */
	observed: number;
	/** The sender's clock was more than five minutes ahead. */
	clock: boolean;
	values: Record<string, Value>;
	/** Absent: nothing said. `undefined`: said to be unknown. */
	name?: string | undefined;
	location?: Position | undefined;
	address?: string | undefined;
	source?: string;
	sequence?: number;
	simulated: boolean;
}

/** An empty payload: the entity is no more. */
export interface Removal {
	id: string;
	layer: Layer;
	removed: true;
}

/** The layer and id a raw topic names. Throws `topic_invalid`, `layer_unknown`, `id_invalid` or `id_mismatch`. */
export function readTopic(register: Register, topic: string): Named {
	const known = read.get(register);
	const found = known?.get(topic);
	if (found) return found;
	const named = parseTopic(register, topic);
	if (!known || known.size >= MOST_TOPICS) read.set(register, new Map([[topic, named]]));
	else known.set(topic, named);
	return named;
}

interface Named {
	layer: Layer;
	id: string;
	simulated: boolean;
}

/** Topics read before: a device says the same one a thousand times a day. */
const read = new WeakMap<Register, Map<string, Named>>();
const MOST_TOPICS = 50_000; // some MB; then it begins anew

function parseTopic(register: Register, topic: string): Named {
	const [kind, layerId = '', id = '', ...rest] = levels(topic) ?? [];
	if (kind !== 'raw' || layerId === '' || id === '' || rest.length > 0)
		throw new AppError('topic_invalid');
	const layer = register.get(layerId);
	if (!layer) throw new AppError('layer_unknown', `no layer is called "${layerId.slice(0, 64)}"`);
	const parsed = parseId(id);
	if (!parsed)
		throw new AppError(
			'id_invalid',
			`"${id.slice(0, 140)}" is not {layer}-{system}-{ref} in [a-z0-9-]`
		);
	if (parsed.layer !== layerId)
		throw new AppError(
			'id_mismatch',
			`"${id}" is not an id of the layer ${layerId}: it must start with ${layerId}-`
		);
	return { layer, id, simulated: parsed.system === SIMULATED_SYSTEM };
}

/** Name, address, source: trimmed, without control characters, never longer than a line. */
const line = v.pipe(
	v.string(),

	v.transform((s) => s.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()),
	v.maxLength(200)
);

const address = v.union([
	line,
	v.pipe(
		v.object({ streetAddress: v.optional(line), addressLocality: v.optional(line) }),
		v.transform((a) => [a.streetAddress, a.addressLocality].filter(Boolean).join(', '))
	)
]);

/**
 * Reads one raw message (CONTRACT section 2). An attribute the register does not know is dropped; a known one of the
 * wrong type or out of range refuses the message. `now` is the server's time in ms. Throws an `AppError` whose code and
 * detail go to `dead/`.
 */
export function readRaw(
	register: Register,
	topic: string,
	payload: Buffer,
	now: number
): Patch | Removal {
	const { layer, id, simulated } = readTopic(register, topic);
	if (payload.length === 0) return { id, layer, removed: true };
	if (payload.length > MAX_PAYLOAD_BYTES) throw new AppError('payload_too_large');
	const body = parse(payload);

	if (body['id'] !== undefined && body['id'] !== id && body['id'] !== urn(layer, id))
		throw new AppError(
			'id_mismatch',
			`the payload's id is neither "${id}" nor "${urn(layer, id)}"`
		);
	if (body['type'] !== undefined && body['type'] !== layer.type)
		throw new AppError('id_mismatch', `the payload's type is not ${layer.type}`);

	const said = readTime(body['dateObserved'], now);
	const clock = said > now + AHEAD_MS;
	const values = plainValues(layer, body) ?? checkedValues(layer, body);

	const patch: Patch = {
		id,
		layer,
		observed: clock ? now : said,
		clock,
		values,
		simulated
	};
	if ('name' in body) patch.name = text(line, body['name'], 'name') || undefined;
	if ('address' in body) patch.address = text(address, body['address'], 'address') || undefined;
	if ('location' in body) patch.location = readLocation(body['location']);
	const source = patch.simulated ? SIMULATED_SOURCE : text(line, body['source'], 'source');
	if (source) patch.source = source;
	if (body['sequence'] !== undefined && body['sequence'] !== null) {
		const sequence = body['sequence'];
		if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0)
			throw new AppError('sequence_invalid');
		patch.sequence = sequence;
	}
	return patch;
}

/** The attributes said, where each is a number surely in its range or null; undefined: the schema has to look. */
export function plainValues(
	layer: Layer,
	body: Readonly<Record<string, unknown>>
): Record<string, Value> | undefined {
	const values: Record<string, Value> = {};
	for (const name of layer.live) {
		const value = body[name];
		if (value === undefined) continue;
		if (value !== null) {
			const range = layer.attributes[name]?.range;
			if (!range || typeof value !== 'number') return undefined;
			if (!(value >= range.min && value <= range.max)) return undefined;
			if (range.whole && !Number.isInteger(value)) return undefined;
			values[name] = value;
		} else values[name] = null;
	}
	return values;
}

/** The same by the layer's schema, which is what counts. Throws `attribute_invalid`. */
export function checkedValues(
	layer: Layer,
	body: Readonly<Record<string, unknown>>
): Record<string, Value> {
	const attributes = v.safeParse(layer.schema, body);
	if (!attributes.success) {
		const [issue] = attributes.issues;
		throw new AppError(
			'attribute_invalid',
			`${v.getDotPath(issue) ?? 'an attribute'}: ${issue.message}`
		);
	}
	const values: Record<string, Value> = {};
	for (const [name, value] of Object.entries(attributes.output))
		if (value !== undefined) values[name] = value;
	return values;
}

function parse(payload: Buffer): Record<string, unknown> {
	const body = readPayload(payload);
	if (typeof body !== 'object' || body === null || Array.isArray(body))
		throw new AppError('payload_not_object');
	return body as Record<string, unknown>;
}

function readTime(value: unknown, now: number): number {
	if (value === undefined || value === null) throw new AppError('date_missing');
	// JSON-LD writes a typed date as an object; some NGSI-LD tools do so in key-values too.
	const text = typeof value === 'object' && '@value' in value ? value['@value'] : value;
	const ms = typeof text === 'string' ? parseTime(text) : undefined;
	if (ms === undefined || ms < OLDEST_MS)
		throw new AppError(
			'date_invalid',
			`dateObserved must be a date-time with its zone, like ${new Date(now).toISOString()}`
		);
	return ms;
}

function text(
	schema: v.GenericSchema<unknown, string>,
	value: unknown,
	what: string
): string | undefined {
	if (value === undefined || value === null) return undefined;
	const parsed = v.safeParse(schema, value);
	if (!parsed.success)
		throw new AppError(
			'name_invalid' satisfies ErrorCode,
			`${what} must be text of at most 200 characters`
		);
	return parsed.output;
}

function readLocation(value: unknown): Position | undefined {
	if (value === null || value === undefined) return undefined;
	const { type, coordinates } = value as { type?: unknown; coordinates?: unknown };
	// An altitude is allowed and not kept.
	const given = Array.isArray(coordinates) && coordinates.every(Number.isFinite) ? coordinates : [];
	const known = type === 'Point' && (given.length === 2 || given.length === 3);
	const [lon, lat] = known ? (given as number[]) : [];
	if (lon === undefined || lat === undefined || Math.abs(lon) > 180 || Math.abs(lat) > 90)
		throw new AppError(
			'location_invalid',
			'location must be {"type":"Point","coordinates":[longitude, latitude]} in degrees'
		);
	return [lon, lat];
}

import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { Position } from '../geo.ts';
import { formatTime, parseTime } from '../time.ts';
import type { Layer, Value } from './define-layer.ts';
import { freshness } from './freshness.ts';

/**
 * One thing of the city with the newest known value of each attribute. Times are ms since 1970. Each attribute has a
 * time of its own in `times`; `observed` is the newest of them.
 */
export interface Entity {
	id: string;
	layer: string;
	name: string | undefined;
	location: Position | undefined;
	address: string | undefined;
	values: Record<string, Value>;
	times: Record<string, number>;
	observed: number;
	received: number;
	source: string | undefined;
	simulated: boolean;
	/** `clock`: the device's clock was ahead and the server's time stands in its place. */
	quality: 'ok' | 'clock';
	/** Messages of its device that never came, by the jumps of their `sequence`; absent: none. */
	gaps?: number;
}

/** The only system whose entities are invented; its name is part of their id, so they can never pass for real. */
export const SIMULATED_SYSTEM = 'sim';
export const SIMULATED_SOURCE = 'simulation';

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+){2,}$/;

/** `{layer}-{system}-{ref}` taken apart, or undefined where the id is not of that form or is longer than 128. */
export function parseId(id: string): { layer: string; system: string; ref: string } | undefined {
	if (id.length > 128 || !ID.test(id)) return undefined;
	const [layer = '', system = '', ...ref] = id.split('-');
	return { layer, system, ref: ref.join('-') };
}

/** A source's own key in the letters an id may hold: accents removed, lower case, each other run of characters a `-`. */
export function slug(text: string): string {
	return text
		.normalize('NFD')
		.replace(/\p{M}+/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '');
}

export const urn = (layer: Layer, id: string) => `urn:ngsi-ld:${layer.type}:${id}`;

/** `observedAt` of the contract: the time of each attribute whose time is not that of the entity. */
function olderTimes(entity: Entity): Record<string, string> | undefined {
	const older = Object.entries(entity.times).filter(
		([name, time]) => time !== entity.observed && name in entity.values
	);
	if (older.length === 0) return undefined;
	return Object.fromEntries(older.map(([name, time]) => [name, formatTime(time)]));
}

/** The payload of `state/{layer}/{id}`: NGSI-LD key-values. */
export function toState(layer: Layer, entity: Entity): string {
	const observedAt = olderTimes(entity);
	return JSON.stringify({
		id: urn(layer, entity.id),
		type: layer.type,
		...(entity.name !== undefined && { name: entity.name }),
		...(entity.location && { location: { type: 'Point', coordinates: entity.location } }),
		...(entity.address !== undefined && { address: entity.address }),
		...entity.values,
		dateObserved: formatTime(entity.observed),
		receivedAt: formatTime(entity.received),
		...(entity.source !== undefined && { source: entity.source }),
		simulated: entity.simulated,
		quality: entity.quality,
		...(observedAt && { observedAt }),
		...(entity.gaps && { gaps: entity.gaps })
	});
}

const time = v.pipe(
	v.string(),
	v.transform((text) => parseTime(text)),
	v.number()
);

const stateSchema = v.object({
	name: v.optional(v.string()),
	location: v.optional(
		v.object({ type: v.literal('Point'), coordinates: v.tuple([v.number(), v.number()]) })
	),
	address: v.optional(v.string()),
	dateObserved: time,
	receivedAt: time,
	source: v.optional(v.string()),
	simulated: v.boolean(),
	quality: v.picklist(['ok', 'clock']),
	observedAt: v.optional(v.record(v.string(), time), {}),
	gaps: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
});

/** Reads a `state/` payload back. Throws `attribute_invalid` where it is not one: only the intake writes there. */
export function readState(layer: Layer, id: string, payload: unknown): Entity {
	const state = v.safeParse(stateSchema, payload);
	const values = v.safeParse(layer.schema, payload);
	if (!state.success || !values.success)
		throw new AppError('attribute_invalid', `state of ${id} cannot be read`);
	const { dateObserved: observed, receivedAt, location, observedAt, ...rest } = state.output;
	const entity: Entity = {
		id,
		layer: layer.id,
		name: rest.name,
		location: location?.coordinates,
		address: rest.address,
		values: {},
		times: {},
		observed,
		received: receivedAt,
		source: rest.source,
		simulated: rest.simulated,
		quality: rest.quality,
		...(rest.gaps && { gaps: rest.gaps })
	};
	for (const [name, value] of Object.entries(values.output)) {
		if (value === undefined) continue;
		entity.values[name] = value;
		entity.times[name] = observedAt[name] ?? observed;
	}
	return entity;
}

/** The attribute a list shows: `main`, or the first one known where the entity has no `main`. */
export function shownAttribute(layer: Layer, values: Readonly<Record<string, unknown>>): string {
	const known = (name: string) => values[name] !== undefined && values[name] !== null;
	return known(layer.main) ? layer.main : (layer.live.find(known) ?? layer.main);
}

/** One GeoJSON Feature of `/api/v1/entities`, flat properties as the contract names them. */
export interface EntityFeature {
	type: 'Feature';
	id: string;
	geometry: { type: 'Point'; coordinates: Position } | null;
	properties: Record<string, unknown>;
	/** Messages that never came, told only where one entity is asked for. */
	gaps?: number;
}

/** The public form of an entity at `now`. Every attribute of its layer is present; unknown ones are null. */
export function toFeature(layer: Layer, entity: Entity, now: number): EntityFeature {
	const shown = shownAttribute(layer, entity.values);
	const attributes: Record<string, Value> = {};
	for (const name of layer.live) attributes[name] = entity.values[name] ?? null;
	return {
		type: 'Feature',
		id: entity.id,
		geometry: entity.location ? { type: 'Point', coordinates: entity.location } : null,
		properties: {
			id: entity.id,
			layer: layer.id,
			name: entity.name ?? null,
			...attributes,
			address: entity.address ?? null,
			dateObserved: formatTime(entity.observed),
			receivedAt: formatTime(entity.received),
			source: entity.source ?? null,
			simulated: entity.simulated,
			freshness: freshness(layer, shown, entity.times[shown] ?? entity.observed, now),
			quality: entity.quality,
			observedAt: olderTimes(entity) ?? {}
		}
	};
}

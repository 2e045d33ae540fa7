import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import type { SourceConfig } from '../config.ts';
import type { Format } from './format.ts';
import { readable, stationName } from './names.ts';
import {
	countSchema,
	feedTime,
	Gathering,
	keySchema,
	point,
	truth,
	type Reading
} from './records.ts';

const common = {
	number: keySchema,
	name: v.nullish(v.string()),
	address: v.nullish(v.string()),
	status: v.nullish(v.string()),
	connected: v.optional(v.unknown())
};

/** v1 and v2 (v2 renames the members of `position`). The portal's dataset has the same fields. */
const flat = v.object({
	...common,
	position: v.nullish(
		v.object({
			lat: v.optional(v.unknown()),
			lng: v.optional(v.unknown()),
			latitude: v.optional(v.unknown()),
			longitude: v.optional(v.unknown())
		})
	),
	bike_stands: countSchema,
	available_bike_stands: countSchema,
	available_bikes: countSchema,
	last_update: v.optional(v.unknown())
});

const nested = v.object({
	...common,
	position: v.nullish(
		v.object({ latitude: v.optional(v.unknown()), longitude: v.optional(v.unknown()) })
	),
	lastUpdate: v.optional(v.unknown()),
	totalStands: v.object({
		capacity: countSchema,
		availabilities: v.object({
			bikes: countSchema,
			stands: countSchema,
			mechanicalBikes: v.optional(countSchema),
			electricalBikes: v.optional(countSchema)
		})
	})
});

/** `status` of the model from JCDecaux's two words; an unknown word says nothing. */
export function stationStatus(word: string | null | undefined): string | null {
	const known: Record<string, string> = { open: 'working', closed: 'outOfService' };
	return known[word?.toLowerCase() ?? ''] ?? null;
}

/**
 * Stations of the JCDecaux API, v1, v2 and v3, told apart record by record. Bikes and free stands are taken as they are:
 * on real answers their sum is not the capacity. A station that is not connected keeps its capacity; its counts are
 * unknown.
 */
export function parseJcdecaux(stations: readonly unknown[], source: SourceConfig): Reading {
	const found = new Gathering(source);
	for (const record of stations) {
		const isNested = typeof record === 'object' && record !== null && 'totalStands' in record;
		if (isNested) addNested(found, record);
		else addFlat(found, record);
	}
	return found;
}

function addFlat(found: Gathering, record: unknown): void {
	const station = found.read(flat, record, 'number');
	if (!station) return;
	const { position, ...rest } = station;
	found.add(
		{
			...described(rest),
			observed: feedTime(rest.last_update),
			location: point(position?.lng ?? position?.longitude, position?.lat ?? position?.latitude),
			values: unknownUnless(truth(rest.connected) !== false, {
				availableBikeNumber: rest.available_bikes,
				freeSlotNumber: rest.available_bike_stands,
				totalSlotNumber: rest.bike_stands,
				status: stationStatus(rest.status)
			})
		},
		record
	);
}

function addNested(found: Gathering, record: unknown): void {
	const station = found.read(nested, record, 'number');
	if (!station) return;
	const { availabilities, capacity } = station.totalStands;
	found.add(
		{
			...described(station),
			observed: feedTime(station.lastUpdate),
			location: point(station.position?.longitude, station.position?.latitude),
			values: unknownUnless(truth(station.connected) !== false, {
				availableBikeNumber: availabilities.bikes,
				freeSlotNumber: availabilities.stands,
				totalSlotNumber: capacity,
				availableMechanicalBikeNumber: availabilities.mechanicalBikes,
				availableElectricBikeNumber: availabilities.electricalBikes,
				status: stationStatus(station.status)
			})
		},
		record
	);
}

const described = (station: Described) => ({
	ref: station.number,
	name: stationName(station.name, station.number),
	address: station.address ? readable(station.address) : undefined
});

interface Described {
	number: string | number;
	name?: string | null | undefined;
	address?: string | null | undefined;
}

function unknownUnless(
	connected: boolean,
	values: Record<string, unknown>
): Record<string, unknown> {
	if (connected) return values;
	const unknown = Object.keys(values).filter(
		(name) => name !== 'totalSlotNumber' && values[name] !== undefined
	);
	return { ...values, ...Object.fromEntries(unknown.map((name) => [name, null])) };
}

/** The stations address of the JCDecaux API, key included. */
export const jcdecaux: Format = {
	async read({ source, page }) {
		const json = await page(source.url);
		if (!Array.isArray(json))
			throw new AppError('source_unreadable', 'the answer is not a list of stations');
		const { records, bad } = parseJcdecaux(json, source);
		return { records, bad, full: true };
	}
};

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

/** The files of a system that matter here, each as it was answered. */
export interface GbfsFiles {
	information: unknown;
	status: unknown;
	types?: unknown;
}

// https://github.com/MobilityData/gbfs-json-schema: v2.3 and v3.0 differ in names of counts, in texts and in times.
const feed = v.object({ name: v.string(), url: v.pipe(v.string(), v.url()) });
const discovery = v.object({ data: v.record(v.string(), v.unknown()) });
const envelope = { last_updated: v.optional(v.unknown()), ttl: v.optional(v.unknown()) };

const informationFile = v.object({ data: v.object({ stations: v.array(v.unknown()) }) });
const statusFile = v.object({ ...envelope, data: v.object({ stations: v.array(v.unknown()) }) });
const typesFile = v.object({ data: v.object({ vehicle_types: v.array(v.unknown()) }) });

const localised = v.array(v.object({ text: v.string(), language: v.optional(v.string()) }));
const information = v.object({
	station_id: keySchema,
	name: v.nullish(v.union([v.string(), localised])),
	lat: v.optional(v.unknown()),
	lon: v.optional(v.unknown()),
	address: v.nullish(v.string()),
	capacity: v.nullish(countSchema)
});
const status = v.object({
	station_id: keySchema,
	num_bikes_available: v.optional(countSchema),
	num_vehicles_available: v.optional(countSchema),
	num_docks_available: v.nullish(countSchema),
	num_docks_disabled: v.nullish(countSchema),
	vehicle_types_available: v.nullish(
		v.array(v.object({ vehicle_type_id: v.string(), count: countSchema }))
	),
	is_installed: v.optional(v.unknown()),
	is_renting: v.optional(v.unknown()),
	last_reported: v.optional(v.unknown())
});
const vehicleType = v.object({
	vehicle_type_id: v.string(),
	form_factor: v.string(),
	propulsion_type: v.string()
});

type Kind = 'availableMechanicalBikeNumber' | 'availableElectricBikeNumber';
const KINDS: Record<string, Kind> = {
	human: 'availableMechanicalBikeNumber',
	electric_assist: 'availableElectricBikeNumber',
	electric: 'availableElectricBikeNumber'
};

/** Addresses of the feeds by name, from an auto-discovery file of 2.x (by language, French first) or 3.x. */
export function gbfsFeeds(file: unknown): Map<string, string> {
	const read = v.safeParse(discovery, file);
	if (!read.success)
		throw new AppError('source_unreadable', 'the GBFS auto-discovery file has no data');
	const { data } = read.output;
	const feedsOf = (part: unknown) => {
		const list = v.safeParse(v.object({ feeds: v.array(feed) }), part);
		return list.success ? list.output.feeds : undefined;
	};
	const feeds =
		feedsOf(data) ??
		feedsOf(data['fr']) ??
		Object.values(data)
			.map(feedsOf)
			.find((list) => list !== undefined);
	if (!feeds) throw new AppError('source_unreadable', 'the GBFS auto-discovery file lists no feed');
	return new Map(feeds.map(({ name, url }) => [name, url]));
}

/** Stations of a GBFS system, 2.x or 3.x, one record per entry of `station_status`. */
export function parseGbfs(files: GbfsFiles, source: SourceConfig): Reading {
	const statuses = v.safeParse(statusFile, files.status);
	const stations = v.safeParse(informationFile, files.information);
	if (!statuses.success)
		throw new AppError('source_unreadable', 'station_status has no data.stations');
	if (!stations.success)
		throw new AppError('source_unreadable', 'station_information has no data.stations');
	const found = new Gathering(source);
	const known = new Map<string, v.InferOutput<typeof information>>();
	for (const record of stations.output.data.stations) {
		// A place that cannot be read leaves its station without name and position; its counts still say something.
		const place = v.safeParse(information, record);
		if (place.success) known.set(String(place.output.station_id), place.output);
	}
	const kinds = kindsOf(files.types);
	const updated = feedTime(statuses.output.last_updated);
	for (const record of statuses.output.data.stations) {
		const station = found.read(status, record, 'station_id');
		if (!station) continue;
		const bikes = station.num_vehicles_available ?? station.num_bikes_available;
		if (bikes === undefined) {
			found.refuse(String(station.station_id), 'attribute_invalid', 'no count of bikes', record);
			continue;
		}
		const place = known.get(String(station.station_id));
		const closed = truth(station.is_installed) === false || truth(station.is_renting) === false;
		found.add(
			{
				ref: station.station_id,
				// 0 and nothing at all both mean that the operator did not say; the file's own time stands in.
				observed: feedTime(station.last_reported) ?? updated,
				name: stationName(textOf(place?.name), station.station_id),
				location: point(place?.lon, place?.lat),
				address: place?.address ? readable(place.address) : undefined,
				values: {
					availableBikeNumber: bikes,
					freeSlotNumber: station.num_docks_available ?? undefined,
					totalSlotNumber: place?.capacity ?? undefined,
					...byKind(station.vehicle_types_available, kinds),
					outOfServiceSlotNumber: station.num_docks_disabled ?? undefined,
					status: closed ? 'outOfService' : 'working'
				}
			},
			record
		);
	}
	return found;
}

function textOf(name: v.InferOutput<typeof information>['name']): string | undefined {
	if (!Array.isArray(name)) return name ?? undefined;
	return (name.find(({ language }) => language?.startsWith('fr')) ?? name[0])?.text;
}

/** Which count each type of vehicle goes into; empty where the system does not describe its vehicles. */
function kindsOf(file: unknown): Map<string, Kind> {
	const kinds = new Map<string, Kind>();
	const read = v.safeParse(typesFile, file);
	if (!read.success) return kinds;
	for (const record of read.output.data.vehicle_types) {
		const type = v.safeParse(vehicleType, record);
		const kind =
			type.success &&
			type.output.form_factor.includes('bicycle') &&
			KINDS[type.output.propulsion_type];
		if (type.success && kind) kinds.set(type.output.vehicle_type_id, kind);
	}
	return kinds;
}

function byKind(
	available: v.InferOutput<typeof status>['vehicle_types_available'],
	kinds: Map<string, Kind>
): Partial<Record<Kind, number>> {
	if (!available || kinds.size === 0) return {};
	const counts: Partial<Record<Kind, number>> = {};
	// A kind the system has and the station does not name is there zero times.
	for (const kind of kinds.values()) counts[kind] = 0;
	for (const { vehicle_type_id, count } of available) {
		const kind = kinds.get(vehicle_type_id);
		if (kind) counts[kind] = (counts[kind] ?? 0) + count;
	}
	return counts;
}

const SLOW_FILES_MS = 3_600_000; // places and types change by the month; an hour spares the server two files in three

/** Reads a GBFS system from its auto-discovery file. `ttl` of `station_status` may ask for a longer pause. */
export const gbfs: Format = {
	async read({ source, page }) {
		const feeds = gbfsFeeds(await page(source.url, { keepMs: SLOW_FILES_MS }));
		const url = (name: string) => {
			const address = feeds.get(name);
			if (address) return address;
			throw new AppError('source_unreadable', `the GBFS auto-discovery file does not name ${name}`);
		};
		const types = feeds.get('vehicle_types');
		const [information, typesAnswer] = await Promise.all([
			page(url('station_information'), { keepMs: SLOW_FILES_MS }),
			// Bikes are still bikes where the file of their kinds is broken.
			types && page(types, { keepMs: SLOW_FILES_MS }).catch(() => undefined)
		]);
		const status = await page(url('station_status'));
		const { records, bad } = parseGbfs({ information, status, types: typesAnswer }, source);
		const ttl = v.safeParse(v.object({ ttl: v.pipe(v.number(), v.minValue(0)) }), status);
		return { records, bad, full: true, waitMs: ttl.success ? ttl.output.ttl * 1000 : 0 };
	}
};

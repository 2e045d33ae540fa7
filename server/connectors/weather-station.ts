import * as v from 'valibot';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { slug } from '../../src/lib/layers/entity.ts';
import type { SourceConfig } from '../config.ts';
import { readable } from './names.ts';
import { odsPoint } from './ods.ts';
import { feedTime, Gathering, number, point, type Reading } from './records.ts';

/** A station as its dataset id and the catalogue describe it. */
export interface Station {
	ref: string;
	name: string | undefined;
	location: ReturnType<typeof point>;
}

/** The stable key of a station: the number its dataset id begins with (`02-station-meteo-toulouse-marengo`). */
export function stationRef(dataset: string): string {
	return /^(\d+)-station-meteo/.exec(dataset)?.[1] ?? slug(dataset);
}

const catalogueRow = v.object({
	id_nom: v.string(),
	longitude: v.optional(v.unknown()),
	latitude: v.optional(v.unknown()),
	geopoint: v.optional(v.unknown())
});

/** Position from the catalogue's row of this dataset; the name is what follows `station-meteo` in the id itself. */
export function placeFrom(
	catalogue: readonly unknown[],
	dataset: string
): Pick<Station, 'name' | 'location'> {
	const words = dataset.replace(/^\d+-station-meteo-?/, '').replace(/-/g, ' ');
	const name = readable(words.toUpperCase()) || undefined;
	for (const row of catalogue) {
		const read = v.safeParse(catalogueRow, row);
		if (!read.success || read.output.id_nom !== dataset) continue;
		const { longitude, latitude, geopoint } = read.output;
		return { name, location: point(longitude, latitude) ?? odsPoint(geopoint) };
	}
	return { name, location: undefined };
}

const message = v.object({
	heure_utc: v.optional(v.unknown()),
	type_de_station: v.nullish(v.string()),
	temperature_en_degre_c: v.optional(v.unknown()),
	humidite: v.optional(v.unknown()),
	pression: v.optional(v.unknown()),
	pluie: v.optional(v.unknown()),
	force_moyenne_du_vecteur_vent: v.optional(v.unknown()),
	force_rafale_max: v.optional(v.unknown()),
	direction_du_vecteur_vent_moyen: v.optional(v.unknown())
});

const AHEAD_MS = 5 * 60_000; // the contract's limit for a clock that runs ahead
const round = (value: number, step: number) => Math.round(value / step) * step;
const scaled = (value: unknown, factor: number, digits: number) => {
	const known = number(value);
	return known === undefined
		? undefined
		: Number(round(known * factor, 10 ** -digits).toFixed(digits));
};

/**
 * The newest message of a station, by `heure_utc` (`heure_de_paris` was recorded with the same digits and a zone of
 * +00:00, so it cannot be trusted). Humidity comes in percent and pressure in Pa. Wind is taken as km/h, as two public
 * programs of three read it; the portal does not say, and the third reads m/s, so wind could be 3.6 times too low.
 * A quantity out of its range is a broken sensor: it becomes unknown, the others stand.
 */
export function parseStation(
	rows: readonly unknown[],
	source: SourceConfig,
	layer: Layer,
	station: Station,
	now: number
): Reading {
	const found = new Gathering(source);
	let newest: { observed: number; row: unknown; read: v.InferOutput<typeof message> } | undefined;
	for (const row of rows) {
		const read = found.read(message, row, 'heure_utc');
		if (!read) continue;
		const observed = feedTime(read.heure_utc);
		if (observed === undefined)
			found.refuse(station.ref, 'date_invalid', 'heure_utc is not a time', row);
		else if (observed <= now + AHEAD_MS && (!newest || observed > newest.observed))
			newest = { observed, row, read };
	}
	if (!newest) return found;
	const { read } = newest;
	const pressure = number(read.pression);
	const windless = read.type_de_station === 'TH'; // these have neither vane nor gauge, whatever the fields say
	const values: Record<string, unknown> = {
		temperature: number(read.temperature_en_degre_c),
		relativeHumidity: scaled(read.humidite, 1 / 100, 4),
		// Some rows of the same network are in hPa already: no station of this planet is at 2,000.
		atmosphericPressure:
			pressure !== undefined && pressure > 2_000 ? scaled(pressure, 1 / 100, 2) : pressure,
		...(!windless && {
			precipitation: number(read.pluie),
			windSpeed: scaled(read.force_moyenne_du_vecteur_vent, 1 / 3.6, 2),
			gustSpeed: scaled(read.force_rafale_max, 1 / 3.6, 2),
			windDirection: number(read.direction_du_vecteur_vent_moyen)
		})
	};
	for (const [name, value] of Object.entries(values)) {
		const attribute = layer.attributes[name];
		if (value !== undefined && attribute && !v.is(attribute.schema, value)) values[name] = null;
	}
	found.add({ ...station, observed: newest.observed, values }, newest.row);
	return found;
}

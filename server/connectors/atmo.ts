import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import { startOfDay } from '../../src/lib/time.ts';
import type { SourceConfig } from '../config.ts';
import { arcgisRows, type Row } from './arcgis.ts';
import type { Answer, Format } from './format.ts';
import { SourceError } from './session.ts';
import { feedTime, Gathering, keySchema, number, type Reading } from './records.ts';

const POLLUTANTS: Record<string, string> = {
	NO2: 'no2',
	O3: 'o3',
	PM10: 'pm10',
	'PM2.5': 'pm25',
	PM25: 'pm25',
	SO2: 'so2',
	NO: 'no',
	CO: 'co'
};

const hourly = v.object({
	code_station: keySchema,
	nom_station: v.nullish(v.string()),
	nom_com: v.nullish(v.string()),
	nom_poll: v.string(),
	valeur: v.optional(v.unknown()),
	unite: v.nullish(v.string()),
	date_debut: v.optional(v.unknown()),
	date_fin: v.optional(v.unknown())
});

const HOUR_MS = 3_600_000;

/**
 * Hourly concentrations: one entity per station, of each pollutant its newest hour, at the end of that hour. A pollutant
 * whose newest hour is an older one comes as a record of its own, so that it keeps its own time. Stations outside
 * `options.bbox` ([w, s, e, n]) are left out where their position is known.
 */
export function parseHourly(rows: readonly Row[], source: SourceConfig): Reading {
	const found = new Gathering(source);
	const newest = new Map<string, Map<string, Measure>>();
	const bbox = v.safeParse(
		v.tuple([v.number(), v.number(), v.number(), v.number()]),
		source.options['bbox']
	);
	for (const { fields, location } of rows) {
		if (bbox.success && location) {
			const [w, s, e, n] = bbox.output;
			const [lon, lat] = location.coordinates;
			if (lon < w || lon > e || lat < s || lat > n) continue;
		}
		const row = found.read(hourly, fields, 'code_station');
		if (!row || row.valeur === null || row.valeur === undefined) continue; // not measured, or not validated yet
		const attribute = POLLUTANTS[row.nom_poll.trim().toUpperCase()];
		if (!attribute) continue; // NOX, H2S…: not in the layer
		const start = feedTime(row.date_debut);
		const end = feedTime(row.date_fin) ?? (start === undefined ? undefined : start + HOUR_MS);
		const value = concentration(row.valeur, row.unite, attribute);
		const ref = String(row.code_station);
		if (value === undefined) {
			found.refuse(
				ref,
				'attribute_invalid',
				`${row.nom_poll}: ${JSON.stringify(row.valeur)} ${row.unite ?? ''}`,
				fields
			);
			continue;
		}
		if (end === undefined) {
			found.refuse(ref, 'date_missing', 'neither date_fin nor date_debut', fields);
			continue;
		}
		const station = newest.get(ref) ?? new Map<string, Measure>();
		newest.set(ref, station);
		const known = station.get(attribute);
		if (!known || end > known.end)
			station.set(attribute, {
				end,
				value,
				name: row.nom_station ?? row.nom_com ?? undefined,
				location,
				fields
			});
	}
	for (const [ref, station] of newest) {
		const hours = [...new Set([...station.values()].map(({ end }) => end))].sort((a, b) => a - b);
		for (const end of hours) {
			const measures = [...station].filter(([, measure]) => measure.end === end);
			const [first] = measures;
			if (!first) continue;
			const { name, location, fields } = first[1];
			const values = Object.fromEntries(
				measures.map(([attribute, { value }]) => [attribute, value])
			);
			found.add({ ref, observed: end, name, location, values }, fields);
		}
	}
	return found;
}

interface Measure {
	end: number;
	value: number;
	name: string | undefined;
	location: Row['location'];
	fields: unknown;
}

/** In µg/m³, `co` in mg/m³, whichever of the two the row is in; an unknown unit is not guessed. */
function concentration(
	value: unknown,
	unit: string | null | undefined,
	attribute: string
): number | undefined {
	const read = number(value);
	const word =
		unit
			?.toLowerCase()
			.replace(/[\s.^-]/g, '')
			.replace(/μ/g, 'µ') ?? '';
	const milli = /^mg\/?m/.test(word);
	if (read === undefined || (!milli && !/^[uµ]g\/?m/.test(word))) return undefined;
	const wanted = attribute === 'co' ? (milli ? read : read / 1000) : milli ? read * 1000 : read;
	// Around zero an analyser's noise goes below it; a concentration does not.
	return wanted < 0 && wanted > -10 ? 0 : Number(wanted.toFixed(4));
}

const daily = v.object({
	code_zone: keySchema,
	lib_zone: v.nullish(v.string()),
	code_qual: v.optional(v.unknown()),
	lib_qual: v.nullish(v.string()),
	date_ech: v.optional(v.unknown()),
	date_dif: v.optional(v.unknown())
});

/**
 * The official daily index of each zone, today's row only: rows of coming days are forecasts, not readings. Of two rows
 * for the same day the one published last counts. 0, « indisponible », is an unknown value. `options.zones` names the
 * zones to keep; without it all are.
 */
export function parseIndex(rows: readonly Row[], source: SourceConfig, now: number): Reading {
	const found = new Gathering(source);
	const today = startOfDay(now);
	const zones = v.safeParse(
		v.array(v.pipe(keySchema, v.transform(String))),
		source.options['zones']
	);
	const chosen = new Map<string, { published: number; add: () => void }>();
	for (const { fields, location } of rows) {
		const row = found.read(daily, fields, 'code_zone');
		if (!row) continue;
		const ref = String(row.code_zone);
		if (zones.success && !zones.output.includes(ref)) continue;
		const due = feedTime(row.date_ech);
		const index = number(row.code_qual);
		if (due === undefined || index === undefined) {
			found.refuse(
				ref,
				due === undefined ? 'date_missing' : 'attribute_invalid',
				`date_ech ${String(row.date_ech)}, code_qual ${String(row.code_qual)}`,
				fields
			);
			continue;
		}
		// Midnight UTC or midnight in Paris: both fall on the same local day.
		if (startOfDay(due) !== today) continue;
		const published = feedTime(row.date_dif) ?? 0;
		if (published < (chosen.get(ref)?.published ?? 0)) continue;
		const known = index !== 0;
		const values = {
			airQualityIndex: known ? index : null,
			airQualityLevel: known ? (row.lib_qual ?? null) : null
		};
		const add = () =>
			found.add(
				{ ref, observed: today, name: row.lib_zone ?? undefined, location, values },
				fields
			);
		chosen.set(ref, { published, add });
	}
	for (const { add } of chosen.values()) add();
	return found;
}

const ENOUGH_MS = 6 * HOUR_MS; // older hours of a station that stopped are not news

/**
 * An ArcGIS layer of Atmo Occitanie: hourly measures or the daily index. `options.kind` (`hourly`, `index`) says which;
 * without it the layer's name, and then its rows.
 */
export const atmo: Format = {
	async read(reader) {
		const { source, now } = reader;
		const named = decodeURIComponent(new URL(source.url).pathname).toLowerCase();
		const kind = source.options['kind'] ?? (named.includes('indice') ? 'index' : undefined);
		// The index's zones are wide polygons; their point is in the row itself.
		const query =
			kind === 'index' ? { returnGeometry: 'false' } : { orderByFields: 'date_debut DESC' };
		const { rows, full } = await arcgisRows(reader, query, pastEnough).catch((error: unknown) => {
			// A layer without that field says so in an answer of its own, with HTTP 200; then everything is read.
			if (kind !== 'index' && error instanceof AppError && !(error instanceof SourceError))
				return arcgisRows(reader, {});
			throw error;
		});
		const isIndex =
			kind === undefined ? rows.some(({ fields }) => v.is(indexRow, fields)) : kind === 'index';
		return answer(isIndex ? parseIndex(rows, source, now) : parseHourly(rows, source), full);
	}
};

const indexRow = v.object({ code_qual: v.unknown() });

const answer = ({ records, bad }: Reading, full: boolean): Answer => ({ records, bad, full });

/** Whether rows ordered newest first have reached hours too old to matter; never where they are not so ordered. */
function pastEnough(rows: readonly Row[]): boolean {
	const starts = rows.map(({ fields }) => {
		const read = v.safeParse(v.object({ date_debut: v.unknown() }), fields);
		return (read.success && feedTime(read.output.date_debut)) || 0;
	});
	const ordered = starts.every((start, i) => i === 0 || start <= (starts[i - 1] ?? 0));
	const [first = 0] = starts;
	return ordered && first - (starts.at(-1) ?? first) > ENOUGH_MS;
}

import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { slug } from '../../src/lib/layers/entity.ts';
import type { Position } from '../../src/lib/geo.ts';
import { readable } from './names.ts';

const position = v.tuple([v.number(), v.number()]);
const ring = v.array(v.pipe(v.array(v.number()), v.minLength(2)));

const stations = v.object({
	features: v.array(
		v.object({
			geometry: v.union([
				v.object({ type: v.literal('Point'), coordinates: position }),
				v.object({
					type: v.literal('MultiPoint'),
					coordinates: v.pipe(v.array(position), v.minLength(1))
				})
			]),
			properties: v.looseObject({
				nom: v.pipe(v.string(), v.nonEmpty()),
				ligne: v.optional(v.nullable(v.string())),
				etat: v.optional(v.nullable(v.string()))
			})
		})
	)
});

const districts = v.object({
	features: v.array(
		v.object({
			geometry: v.union([
				v.object({ type: v.literal('Polygon'), coordinates: v.array(ring) }),
				v.object({ type: v.literal('MultiPolygon'), coordinates: v.array(v.array(ring)) })
			]),
			properties: v.looseObject({ quartier: v.number(), nom_quartier: v.string() })
		})
	)
});

interface Place {
	name: string;
	kind: string;
	line?: string;
	location: Position;
}

interface CityFile {
	districts: { id: string; name: string; center: Position }[];
	[other: string]: unknown;
}

/** Stations of the official file in the form of the pack; a line still on paper is no station yet. */
export function officialStations(json: unknown, kind: 'metro' | 'tram'): Place[] {
	const { features } = v.parse(stations, json);
	const seen = new Set<string>();
	const places: Place[] = [];
	for (const { geometry, properties } of features) {
		const { nom, ligne, etat } = properties;
		if (etat && slug(etat) !== 'existant') continue;
		const [location] = geometry.type === 'Point' ? [geometry.coordinates] : geometry.coordinates;
		const key = `${slug(nom)} ${ligne ?? ''}`;
		if (!location || seen.has(key)) continue;
		seen.add(key);
		places.push({ name: readable(nom), kind, ...(ligne && { line: ligne }), location });
	}
	return places;
}

/** Names and centres of the official quartiers, ids as the contract has them: `quartier-{n}`. */
export function officialDistricts(json: unknown): CityFile['districts'] {
	return v
		.parse(districts, json)
		.features.map(({ geometry, properties }) => {
			const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
			const largest = polygons
				.map(([outer = []]) => centroid(outer))
				.sort((a, b) => b.area - a.area)[0];
			return {
				id: `quartier-${properties.quartier}`,
				name: readable(properties.nom_quartier).replace(/\s*\/\s*/g, ' – '),
				center: largest?.center ?? [0, 0]
			};
		})
		.sort((a, b) => Number(a.id.slice(9)) - Number(b.id.slice(9)));
}

/** Area (square degrees) and centroid of a ring, by the shoelace formula; five decimals are about a metre. */
function centroid(ring: readonly (readonly number[])[]): { area: number; center: Position } {
	let twice = 0;
	let x = 0;
	let y = 0;
	ring.forEach(([x1 = 0, y1 = 0], i) => {
		const [x0 = 0, y0 = 0] = ring[i - 1] ?? ring[ring.length - 1] ?? [];
		const cross = x0 * y1 - x1 * y0;
		twice += cross;
		x += (x0 + x1) * cross;
		y += (y0 + y1) * cross;
	});
	const round = (n: number) => Math.round(n * 1e5) / 1e5;
	return {
		area: Math.abs(twice / 2),
		center: twice === 0 ? [0, 0] : [round(x / (3 * twice)), round(y / (3 * twice))]
	};
}

/**
 * Writes, beside the official files of `folder`, the pack's `places.json` and `city.json` with the official stations and
 * quartiers in the place of the bundled ones. The web serves these first, so that the official geography wins without
 * the app asking for another address. A kind whose official file is absent or empty keeps the bundled places.
 */
export function writeOfficialPack(bundled: string, folder: string): void {
	const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, 'utf8'));
	const official = (name: string): unknown => {
		const file = path.join(folder, name);
		return fs.existsSync(file) ? read(file) : undefined;
	};
	let places = read(path.join(bundled, 'places.json')) as Place[];
	for (const kind of ['metro', 'tram'] as const) {
		const json = official(`${kind}.geojson`);
		const found = json === undefined ? [] : officialStations(json, kind);
		if (found.length > 0) places = [...places.filter((place) => place.kind !== kind), ...found];
	}
	replace(path.join(folder, 'places.json'), places);

	const city = read(path.join(bundled, 'city.json')) as CityFile;
	const quartiers = official('quartiers.geojson');
	const found = quartiers === undefined ? [] : officialDistricts(quartiers);
	if (found.length > 0)
		replace(path.join(folder, 'city.json'), {
			...city,
			districts: found,
			approximate: false,
			attribution: 'Toulouse Métropole (Licence Ouverte 2.0)'
		});
}

function replace(file: string, json: unknown): void {
	fs.writeFileSync(`${file}.new`, JSON.stringify(json), { flush: true });
	fs.renameSync(`${file}.new`, file);
}

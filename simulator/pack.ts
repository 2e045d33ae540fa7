import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Position } from '../src/lib/geo.ts';

const position = v.tuple([v.number(), v.number()]);

const citySchema = v.object({
	id: v.string(),
	name: v.string(),
	zone: v.string(),
	bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
	center: position,
	districts: v.array(v.object({ id: v.string(), name: v.string(), center: position }))
});

const placeSchema = v.object({
	name: v.string(),
	kind: v.picklist([
		'metro',
		'tram',
		'square',
		'station',
		'place',
		'park',
		'university',
		'hospital'
	]),
	line: v.optional(v.string()),
	location: position
});

const parkingSchema = v.object({
	ref: v.string(),
	name: v.string(),
	location: position,
	kind: v.picklist(['underground', 'surface', 'parkAndRide']),
	capacity: v.optional(v.number())
});

// Of the drawing only the river matters here: no station stands in it. `m` is its width in metres.
const riverSchema = v.object({
	features: v.array(
		v.object({
			properties: v.looseObject({ kind: v.string(), m: v.optional(v.number()) }),
			geometry: v.object({ type: v.string(), coordinates: v.unknown() })
		})
	)
});

export interface River {
	line: Position[];
	metres: number;
}

function rivers(json: unknown): River[] {
	return v
		.parse(riverSchema, json)
		.features.filter(({ properties }) => properties.kind === 'river')
		.map(({ properties, geometry }) => ({
			line: v.parse(v.array(position), geometry.coordinates),
			metres: properties.m ?? 100
		}));
}

export type PackPlace = v.InferOutput<typeof placeSchema>;
export type PackParking = v.InferOutput<typeof parkingSchema>;

/** The facts of a bundled city the simulator builds on. */
export interface Pack {
	city: v.InferOutput<typeof citySchema>;
	places: PackPlace[];
	parkings: PackParking[];
	rivers: River[];
}

const bundled = path.resolve(import.meta.dirname, '../static/city');

/** Reads the facts of a bundled city. Throws where there is no such pack or it is not of this form. */
export function readPack(city: string, folder = path.join(bundled, city)): Pack {
	const read = (file: string): unknown =>
		JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
	return {
		city: v.parse(citySchema, read('city.json')),
		places: v.parse(v.array(placeSchema), read('places.json')),
		parkings: v.parse(v.array(parkingSchema), read('parkings.json')),
		rivers: fs.existsSync(path.join(folder, 'sketch.json')) ? rivers(read('sketch.json')) : []
	};
}

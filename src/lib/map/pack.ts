import type { Position } from '../geo.ts';

/** Kinds of things in the drawing of the city (`sketch.json`). */
export type GroundKind =
	| 'park'
	| 'river'
	| 'canal'
	| 'basin'
	| 'stream'
	| 'rocade'
	| 'ring'
	| 'street'
	| 'square'
	| 'metro'
	| 'tram'
	| 'name';

export interface GroundFeature {
	type: 'Feature';
	properties: {
		kind: GroundKind;
		name?: string;
		/** Width on the ground in metres. */
		m?: number;
	};
	geometry:
		| { type: 'LineString'; coordinates: Position[] }
		| { type: 'Polygon'; coordinates: Position[][] }
		| { type: 'Point'; coordinates: Position };
}

/** The drawing of the city, GeoJSON: written by us, approximate. */
export interface Ground {
	type: 'FeatureCollection';
	features: GroundFeature[];
}

/** A place of the bundled pack that has a name worth writing on a map (`places.json`). */
export interface NamedPlace {
	name: string;
	kind: string;
	line?: string;
	location: Position;
}

/** The part of `city.json` that maps need. */
export interface CityNames {
	districts: { id: string; name: string; center: Position }[];
}

/** All that a drawing of the city is made from. */
export interface Pack {
	ground: Ground;
	places: NamedPlace[];
	districts: CityNames['districts'];
}

const FOLDER = '/city/toulouse';

let wanted: Promise<Pack> | undefined;

/** Fetches the pack once; a failure is not kept, so that the next call tries again. */
export function fetchPack(): Promise<Pack> {
	wanted ??= readPack().catch((error: unknown) => {
		wanted = undefined;
		throw error;
	});
	return wanted;
}

async function readPack(): Promise<Pack> {
	const [ground, places, city] = await Promise.all([
		readJson<Ground>('sketch.json'),
		readJson<NamedPlace[]>('places.json'),
		readJson<CityNames>('city.json')
	]);
	return { ground, places, districts: city.districts };
}

/** Our own files, made and tested with the code that reads them: their shape is taken as written. */
async function readJson<T>(name: string): Promise<T> {
	const response = await fetch(`${FOLDER}/${name}`);
	if (!response.ok) throw new Error(`${name}: ${response.status}`);
	return (await response.json()) as T;
}

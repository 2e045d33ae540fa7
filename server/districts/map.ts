import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Position } from '../../src/lib/geo.ts';
import { readable } from '../connectors/names.ts';
import type { Log } from '../log.ts';
import { geofence, type District, type Geofence, type Polygon } from './geofence.ts';

/** Toulouse itself: its quartiers stand in its place. */
const CENTRE_INSEE = '31555';
/** The portal's files come once a week; a process of its own must not miss them for long. */
const LOOK_EVERY_MS = 10_000;

const position = v.pipe(v.array(v.number()), v.minLength(2));
const ring = v.pipe(v.array(position), v.minLength(3));
const feature = <P extends v.ObjectEntries>(properties: P) =>
	v.object({
		geometry: v.union([
			v.object({ type: v.literal('Polygon'), coordinates: v.array(ring) }),
			v.object({ type: v.literal('MultiPolygon'), coordinates: v.array(v.array(ring)) })
		]),
		properties: v.object(properties)
	});
const quartiers = v.object({
	features: v.array(
		feature({
			quartier: v.pipe(v.number(), v.integer(), v.minValue(1)),
			nom_quartier: v.pipe(v.string(), v.nonEmpty())
		})
	)
});
const communes = v.object({
	features: v.array(
		feature({
			code_insee: v.pipe(v.string(), v.regex(/^\d[\dAB]\d{3}$/)),
			libelle: v.pipe(v.string(), v.nonEmpty())
		})
	)
});
const pack = v.object({
	districts: v.array(
		v.object({ id: v.string(), name: v.string(), center: v.tuple([v.number(), v.number()]) })
	)
});

type Geometry = v.InferOutput<typeof quartiers>['features'][number]['geometry'];

/** The official quartiers, then the communes around them. Throws where a file is not what it should be. */
export function officialDistricts(quartiersJson: unknown, communesJson: unknown): District[] {
	const found: District[] = [];
	if (quartiersJson !== undefined)
		for (const { geometry, properties } of v.parse(quartiers, quartiersJson).features)
			found.push(
				district(
					`quartier-${properties.quartier}`,
					readable(properties.nom_quartier).replace(/\s*\/\s*/g, ' – '),
					geometry
				)
			);
	found.sort((a, b) => Number(a.id.slice(9)) - Number(b.id.slice(9)));
	if (communesJson !== undefined)
		for (const { geometry, properties } of v.parse(communes, communesJson).features)
			if (properties.code_insee !== CENTRE_INSEE)
				found.push(district(`commune-${properties.code_insee}`, properties.libelle, geometry));
	return found;
}

function district(id: string, name: string, geometry: Geometry): District {
	const polygons: readonly Polygon[] =
		geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
	return { id, name, center: middle(polygons), polygons };
}

/** The middle of the corners of the largest outer ring: where a label may stand. */
function middle(polygons: readonly Polygon[]): Position {
	const [outer = []] = polygons.map(([outer = []]) => outer).sort((a, b) => b.length - a.length);
	const sum = outer.reduce<Position>(([x, y], [lon = 0, lat = 0]) => [x + lon, y + lat], [0, 0]);
	const round = (value: number) => Math.round((value / outer.length) * 1e5) / 1e5;
	return [round(sum[0]), round(sum[1])];
}

/**
 * The districts of a city: the official borders the connectors fetched into `{dataDir}/city/{city}`, else the centres of the
 * bundled pack. Files that come or change later are taken up within ten seconds; one that cannot be read leaves what stands.
 */
export class DistrictMap {
	#folder: string;
	#bundled: string;
	#clock: () => number;
	#log: Log;
	#fence: Geofence;
	#stamp = '';
	#looked = -Infinity;
	#version = 0;

	constructor(deps: { city: string; dataDir: string; clock: () => number; log: Log }) {
		this.#folder = path.join(deps.dataDir, 'city', deps.city);
		this.#bundled = path.resolve(import.meta.dirname, '../../static/city', deps.city, 'city.json');
		this.#clock = deps.clock;
		this.#log = deps.log;
		this.#fence = geofence([]);
		this.#look();
	}

	/** As the files are now. */
	get fence(): Geofence {
		if (this.#clock() - this.#looked >= LOOK_EVERY_MS) this.#look();
		return this.#fence;
	}

	/** Counts the changes, so that what was derived can be made anew. */
	get version(): number {
		return this.#version;
	}

	find(at: Position): string | undefined {
		return this.fence.find(at);
	}

	#look(): void {
		this.#looked = this.#clock();
		const files = ['quartiers.geojson', 'communes.geojson'].map((name) => {
			const file = path.join(this.#folder, name);
			return { file, stamp: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs };
		});
		const stamp = files.map(({ stamp }) => stamp ?? '-').join();
		if (stamp === this.#stamp) return;
		this.#stamp = stamp;
		try {
			const [quartiersJson, communesJson] = files.map(({ file, stamp }) =>
				stamp === undefined ? undefined : read(file)
			);
			// The communes alone would leave the city itself without a district: until both are there, its centres stand.
			const official =
				quartiersJson === undefined ? [] : officialDistricts(quartiersJson, communesJson);
			const districts = official.length > 0 ? official : this.#centers();
			this.#fence = geofence(districts);
			this.#version++;
			this.#log.info({ districts: districts.length, official: official.length > 0 }, 'districts');
		} catch (err) {
			this.#log.warn({ err, folder: this.#folder }, 'districts cannot be read');
			if (this.#version === 0) this.#fence = geofence(this.#centers());
		}
	}

	#centers(): District[] {
		return v
			.parse(pack, read(this.#bundled))
			.districts.map(({ id, name, center }) => ({ id, name, center, polygons: undefined }));
	}
}

const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, 'utf8'));

import { AppError } from '../../src/lib/errors.ts';
import type { Services } from '../city/services.ts';
import type { District, Polygon } from '../districts/geofence.ts';
import { chooseRange, columnsOf, numericAttribute, readRange } from '../history/query.ts';
import { QUARTER_MS } from '../history/store.ts';

/** Corners are moved to a grid of about 30 m, shared borders alike, so that neighbours still touch and phones get a fifth. */
const GRID = 3e-4;

const snap = (value: number) => Math.round(Math.round(value / GRID) * GRID * 1e4) / 1e4;

function simplified(polygons: readonly Polygon[]): [number, number][][][] {
	return polygons.flatMap((rings) => {
		const [outer, ...holes] = rings.map(simpleRing);
		return outer ? [[outer, ...holes.filter((hole) => hole !== undefined)]] : [];
	});
}

/** Without corners that fell together; undefined where nothing with an area is left. */
function simpleRing(ring: Polygon[number]): [number, number][] | undefined {
	const corners: [number, number][] = [];
	for (const [lon = 0, lat = 0] of ring) {
		const corner: [number, number] = [snap(lon), snap(lat)];
		const last = corners.at(-1);
		if (!last || last[0] !== corner[0] || last[1] !== corner[1]) corners.push(corner);
	}
	const [first] = corners;
	const last = corners.at(-1);
	if (!first || !last) return undefined;
	if (first[0] !== last[0] || first[1] !== last[1]) corners.push(first);
	return corners.length >= 4 ? corners : undefined;
}

/** Shapes are made once for each version of the borders. */
const shapes = new WeakMap<readonly District[], Map<string, object>>();

function geometryOf(all: readonly District[], { id, polygons, center }: District): object {
	let known = shapes.get(all);
	if (!known) shapes.set(all, (known = new Map<string, object>()));
	let shape = known.get(id);
	if (!shape) {
		shape = polygons
			? { type: 'MultiPolygon', coordinates: simplified(polygons) }
			: { type: 'Point', coordinates: center };
		known.set(id, shape);
	}
	return shape;
}

/** The answer of `GET /api/v1/districts`: borders (or centres, where these are all that is known) and latest figures by layer. */
export function districtsAnswer({ districts }: Pick<Services, 'districts'>): {
	body: string;
	contentType: string;
} {
	const { all, approximate } = districts;
	const features = all.map((district) => ({
		type: 'Feature',
		id: district.id,
		geometry: geometryOf(all, district),
		properties: {
			id: district.id,
			name: district.name,
			center: district.center,
			approximate,
			layers: Object.fromEntries(districts.figures(district.id))
		}
	}));
	return {
		body: JSON.stringify({ type: 'FeatureCollection', numberReturned: features.length, features }),
		contentType: 'application/geo+json'
	};
}

/** One district without its border, for the first HTML of its page; `null` where there is none of that id. */
export function districtCard(
	{ districts }: Pick<Services, 'districts'>,
	id: string
): { body: string } {
	const found = districts.get(id);
	const card = found && {
		properties: {
			id,
			name: found.name,
			center: found.center,
			approximate: districts.approximate,
			layers: Object.fromEntries(districts.figures(id))
		}
	};
	return { body: JSON.stringify(card ?? null) };
}

/**
 * The answer of `GET /api/v1/districts/{id}/history`: every sensor of the layer in the district taken together, in steps of
 * at least 15 minutes. Throws `district_unknown`, `layer_unknown`, `query_invalid`.
 */
export async function districtHistoryAnswer(
	{ districts, register, history }: Pick<Services, 'districts' | 'register' | 'history'>,
	id: string,
	query: {
		layer?: string | undefined;
		attribute?: string | undefined;
		from?: number | undefined;
		to?: number | undefined;
		points?: number | undefined;
	},
	now: number
): Promise<{ body: string; cacheControl: string }> {
	if (!districts.get(id)) throw new AppError('district_unknown');
	if (query.layer === undefined)
		throw new AppError('query_invalid', 'layer must name one layer, like layer=bike');
	const layer = register.get(query.layer);
	if (!layer) throw new AppError('layer_unknown', `no layer "${query.layer}"`);
	const attribute = numericAttribute(layer, query.attribute);
	const asked = readRange(query, now);
	const range = chooseRange(asked, QUARTER_MS);
	// Rollups begin on the quarter of an hour.
	range.t0 = Math.floor(range.t0 / QUARTER_MS) * QUARTER_MS;
	const buckets = await history.area({ layer: layer.id, attribute, district: id }, range);
	const columns = columnsOf(history, layer, attribute, range, buckets);
	const end = range.t0 + range.step * range.count;
	const seconds = end <= now ? 3_600 : 60;
	return {
		body: JSON.stringify({ district: id, layer: layer.id, ...columns }),
		cacheControl: `public, max-age=${seconds}`
	};
}

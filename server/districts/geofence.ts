import pointInPolygon from 'point-in-polygon-hao';
import { distance, inside, type Bbox, type Position } from '../../src/lib/geo.ts';

type Ring = readonly (readonly number[])[];
/** Outer ring, then holes. */
export type Polygon = readonly Ring[];

/** A part of the city that figures are made for. */
export interface District {
	/** `quartier-{1..20}` or `commune-{insee}`. */
	id: string;
	name: string;
	center: Position;
	/** Undefined where only its centre is known: then it is what is nearest, and approximate. */
	polygons: readonly Polygon[] | undefined;
}

export interface Geofence {
	readonly districts: readonly District[];
	/** Whether borders are guessed from centres. */
	readonly approximate: boolean;
	/** The one district a point lies in; on a shared border the first in the list has it. */
	find(at: Position): string | undefined;
}

/** Farther than this from every known centre a point is in no district, not in the nearest one. */
const REACH_M = 5_000;
/** Cells a side: a cell of the metropole is about 34 × 27 m, and nearly all lie wholly within one district. */
const SIDE = 1024;

/** Districts by their borders where any are known, else by the nearest centre. */
export function geofence(districts: readonly District[]): Geofence {
	const bordered = districts.filter(({ polygons }) => polygons !== undefined);
	return bordered.length > 0 ? byBorder(bordered) : byCenter(districts);
}

function byCenter(districts: readonly District[]): Geofence {
	return {
		districts,
		approximate: true,
		find(at) {
			let nearest: string | undefined;
			let least = REACH_M;
			for (const { id, center } of districts) {
				const away = distance(at, center);
				if (away < least) [nearest, least] = [id, away];
			}
			return nearest;
		}
	};
}

const contains = (polygons: readonly Polygon[], at: number[]): boolean =>
	polygons.some(
		(rings) => pointInPolygon(at, rings as unknown as number[][][]) !== false // 0 is on a border
	);

/**
 * A grid over the borders. A cell no border crosses lies in one district or in none, which is decided once for each run of
 * such cells; elsewhere the library looks at the few districts that come near the cell.
 */
function byBorder(districts: readonly District[]): Geofence {
	const [w, s, e, n] = boxOf(districts);
	const dx = (e - w) / SIDE || 1;
	const dy = (n - s) / SIDE || 1;
	const column = (lon: number) => Math.min(SIDE - 1, Math.max(0, Math.floor((lon - w) / dx)));
	const row = (lat: number) => Math.min(SIDE - 1, Math.max(0, Math.floor((lat - s) / dy)));

	/** Per cell: index + 1 of the one district that has it whole; 0: none; -1: a border crosses it. */
	const whole = new Int16Array(SIDE * SIDE);
	for (const { polygons = [] } of districts)
		for (const ring of polygons.flat())
			for (let i = 0; i < ring.length; i++) {
				const [x0 = 0, y0 = 0] = ring[i] ?? [];
				const [x1 = x0, y1 = y0] = ring[(i + 1) % ring.length] ?? [];
				const [bottom, top] = [row(Math.min(y0, y1)), row(Math.max(y0, y1))];
				for (let r = bottom; r <= top; r++) {
					// Where the edge is while it runs through this row; a hair's breadth more, never less.
					const at = (y: number) => (y1 === y0 ? x0 : x0 + ((x1 - x0) * (y - y0)) / (y1 - y0));
					const within = (y: number) => Math.min(Math.max(y, Math.min(y0, y1)), Math.max(y0, y1));
					const [a, b] =
						y1 === y0 ? [x0, x1] : [at(within(s + r * dy)), at(within(s + (r + 1) * dy))];
					const first = column(Math.min(a, b) - dx * 1e-6);
					const last = column(Math.max(a, b) + dx * 1e-6);
					whole.fill(-1, r * SIDE + first, r * SIDE + last + 1);
				}
			}
	const boxes = districts.map((district) => boxOf([district]));
	const owner = (at: Position) =>
		districts.findIndex(
			({ polygons = [] }, index) => inside(at, boxes[index] ?? NOWHERE) && contains(polygons, at)
		);
	/** Per crossed cell: those that may hold a point of it. */
	const candidates = new Map<number, readonly number[]>();
	for (let r = 0; r < SIDE; r++) {
		let known: number | undefined;
		for (let c = 0; c < SIDE; c++) {
			const cell = r * SIDE + c;
			if (whole[cell] === -1) {
				const [west, south] = [w + c * dx, s + r * dy];
				const near = districts.flatMap((_, index) => {
					const [bw, bs, be, bn] = boxes[index] ?? NOWHERE;
					const apart = bw > west + dx || be < west || bs > south + dy || bn < south;
					return apart ? [] : [index];
				});
				candidates.set(cell, near);
				known = undefined;
			} else {
				// No border lies between two neighbours that none crosses, side by side or one above the other.
				const below = r > 0 ? (whole[cell - SIDE] ?? -1) : -1;
				known ??= below >= 0 ? below : owner([w + (c + 0.5) * dx, s + (r + 0.5) * dy]) + 1;
				whole[cell] = known;
			}
		}
	}

	return {
		districts,
		approximate: false,
		find(at) {
			const [lon, lat] = at;
			if (!(lon >= w && lon <= e && lat >= s && lat <= n)) return undefined;
			const cell = row(lat) * SIDE + column(lon);
			const index = whole[cell] ?? 0;
			if (index > 0) return districts[index - 1]?.id;
			if (index === 0) return undefined;
			for (const candidate of candidates.get(cell) ?? []) {
				const district = districts[candidate];
				if (district && contains(district.polygons ?? [], at)) return district.id;
			}
			return undefined;
		}
	};
}

const NOWHERE: Bbox = [Infinity, Infinity, -Infinity, -Infinity];

function boxOf(districts: readonly District[]): Bbox {
	const box: Bbox = [Infinity, Infinity, -Infinity, -Infinity];
	for (const { polygons = [] } of districts)
		for (const [x = NaN, y = NaN] of polygons.flat(2)) {
			if (x < box[0]) box[0] = x;
			if (y < box[1]) box[1] = y;
			if (x > box[2]) box[2] = x;
			if (y > box[3]) box[3] = y;
		}
	return box;
}

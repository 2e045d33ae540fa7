/** WGS84 position, GeoJSON order: `[longitude, latitude]` in degrees. */
export type Position = [lon: number, lat: number];

/** West, south, east, north in degrees. */
export type Bbox = [w: number, s: number, e: number, n: number];

const EARTH_RADIUS_M = 6_371_008.8; // mean radius, IUGG
const rad = Math.PI / 180;

/** Great-circle distance in metres (haversine). */
export function distance([lon1, lat1]: Position, [lon2, lat2]: Position): number {
	const dLat = (lat2 - lat1) * rad;
	const dLon = (lon2 - lon1) * rad;
	const a =
		Math.sin(dLat / 2) ** 2 + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(dLon / 2) ** 2;
	return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(a)));
}

/** Whether `[lon, lat]` lies in the box, edges included. */
export function inside([lon, lat]: Position, [w, s, e, n]: Bbox): boolean {
	return lon >= w && lon <= e && lat >= s && lat <= n;
}

/**
 * What a map of `width` × `height` CSS pixels shows around a centre at a zoom, by MapLibre's convention
 * (512-pixel tiles, Web Mercator).
 */
export function viewBbox(center: Position, zoom: number, width: number, height: number): Bbox {
	const world = 512 * 2 ** zoom;
	const x = (center[0] / 360 + 0.5) * world;
	const sin = Math.sin(center[1] * rad);
	const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world;
	const lon = (px: number) => (px / world - 0.5) * 360;
	const lat = (py: number) =>
		(2 * Math.atan(Math.exp((0.5 - py / world) * 2 * Math.PI)) - Math.PI / 2) / rad;
	return [lon(x - width / 2), lat(y + height / 2), lon(x + width / 2), lat(y - height / 2)];
}

const BASE32 = '0123456789bcdefghjkmnpqrstuvwxyz';

/** Geohash of `precision` characters (Niemeyer 2008); 6 characters are a cell of about 886 × 607 m in Toulouse. */
export function geohash([lon, lat]: Position, precision = 6): string {
	let w = -180;
	let e = 180;
	let s = -90;
	let n = 90;
	let hash = '';
	let even = true;
	for (let i = 0; i < precision; i++) {
		let digit = 0;
		for (let bit = 0; bit < 5; bit++) {
			digit <<= 1;
			if (even) {
				const mid = (w + e) / 2;
				if (lon >= mid) {
					digit |= 1;
					w = mid;
				} else e = mid;
			} else {
				const mid = (s + n) / 2;
				if (lat >= mid) {
					digit |= 1;
					s = mid;
				} else n = mid;
			}
			even = !even;
		}
		hash += BASE32.charAt(digit);
	}
	return hash;
}

/** Size of a geohash cell of `precision` characters, in degrees. */
export function cellSize(precision = 6): { lon: number; lat: number } {
	const bits = precision * 5;
	return { lon: 360 / 2 ** Math.ceil(bits / 2), lat: 180 / 2 ** Math.floor(bits / 2) };
}

/** Every geohash cell that touches the box, or undefined where there would be more than `max`. */
export function cellsIn([w, s, e, n]: Bbox, max: number, precision = 6): string[] | undefined {
	const size = cellSize(precision);
	const x0 = Math.floor((w + 180) / size.lon);
	const x1 = Math.floor((e + 180) / size.lon);
	const y0 = Math.floor((s + 90) / size.lat);
	const y1 = Math.floor((n + 90) / size.lat);
	if ((x1 - x0 + 1) * (y1 - y0 + 1) > max) return undefined;
	const cells: string[] = [];
	for (let y = y0; y <= y1; y++)
		for (let x = x0; x <= x1; x++)
			cells.push(geohash([(x + 0.5) * size.lon - 180, (y + 0.5) * size.lat - 90], precision));
	return cells;
}

/** Minutes on foot at 4.5 km/h, along streets about 1.25 times longer than the straight line; at least 1. */
export function walkMinutes(metres: number): number {
	return Math.max(1, Math.round((metres * 1.25) / 75));
}

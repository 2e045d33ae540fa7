import { distance, type Position } from '../src/lib/geo.ts';
import type { Pack, PackPlace, River } from './pack.ts';
import { random, round, type Random } from './random.ts';

const METRES_PER_DEGREE = 111_195; // of latitude: the mean Earth radius times π / 180

/** A position moved by metres east and north, to 5 decimals (about a metre). */
export function moved([lon, lat]: Position, east: number, north: number): Position {
	const shrink = Math.cos((lat * Math.PI) / 180);
	return [
		round(lon + east / (METRES_PER_DEGREE * shrink), 5),
		round(lat + north / METRES_PER_DEGREE, 5)
	];
}

/** The name of the known place nearest to a position. */
export function nearestTo(pack: Pack, location: Position): string {
	let best = { name: pack.city.name, away: Infinity };
	for (const { name, location: there } of pack.places) {
		const away = distance(location, there);
		if (away < best.away) best = { name, away };
	}
	return best.name;
}

/** A number that sorts like its rank: « 03 » of 20. */
export const ref = (index: number, count: number): string =>
	String(index + 1).padStart(String(count).length, '0');

/** How many bike stations a kind of place calls for, one against another. */
const PULL: Record<PackPlace['kind'], number> = {
	metro: 3,
	square: 2.4,
	station: 2.5,
	university: 3,
	hospital: 2,
	park: 1.4,
	place: 1.3,
	tram: 1.6
};

export interface BikeSite {
	near: string;
	location: Position;
	docks: number;
	/** What draws people in the morning (offices, faculties, trains), 0 to 1; the rest is where they sleep. */
	work: number;
	/** How much the station is used, one against another. */
	use: number;
}

/**
 * Where bike stations stand: around stations, squares and campuses, closer together in the centre, at least 90 m apart
 * where there is room. The same list for the same seed; a longer one starts as the shorter ones do.
 */
export function bikeSites(seed: number, pack: Pack, count: number): BikeSite[] {
	const next = random(seed);
	const anchors = pack.places
		.map((place) => ({ place, away: distance(pack.city.center, place.location) }))
		.filter(({ away }) => away < 8_500)
		.map(({ place, away }) => ({ place, away, pull: PULL[place.kind] * Math.exp(-away / 3_200) }));
	const total = anchors.reduce((sum, { pull }) => sum + pull, 0);
	const sites: BikeSite[] = [];
	while (sites.length < count && anchors.length > 0) {
		let at = next() * total;
		const anchor = anchors.find(({ pull }) => (at -= pull) <= 0) ?? anchors[0];
		if (!anchor) break;
		const location = besideOthers(next, anchor.place.location, anchor.away, sites, pack);
		const centre = Math.exp(-anchor.away / 2_500);
		const campus = anchor.place.kind === 'university' || anchor.place.kind === 'station';
		sites.push({
			near: anchor.place.name,
			location,
			docks: 14 + Math.floor(next() * 10) + (next() < centre ? 8 : 0),
			work: Math.min(1, (campus ? 0.85 : 0.15) + 0.65 * centre * next()),
			use: (0.4 + next()) * (0.35 + centre)
		});
	}
	return sites;
}

function besideOthers(
	next: Random,
	from: Position,
	away: number,
	others: readonly BikeSite[],
	{ rivers }: Pack
): Position {
	let location: Position;
	let reach = 130 + away * 0.09; // the farther out, the looser
	let dry = from;
	for (let attempt = 0; attempt < 12; attempt++) {
		const angle = next() * 2 * Math.PI;
		const far = Math.sqrt(next()) * reach;
		location = moved(from, Math.cos(angle) * far, Math.sin(angle) * far);
		reach *= 1.2;
		if (inRiver(location, rivers)) continue;
		dry = location;
		if (others.every((other) => distance(other.location, location) >= 90)) break;
	}
	return dry;
}

/** Whether a position lies in the drawn river, or on its very bank (10 m). */
export function inRiver(at: Position, rivers: readonly River[]): boolean {
	const shrink = Math.cos((at[1] * Math.PI) / 180);
	const flat = ([lon, lat]: Position): Position => [
		(lon - at[0]) * shrink * METRES_PER_DEGREE,
		(lat - at[1]) * METRES_PER_DEGREE
	];
	return rivers.some(({ line, metres }) =>
		line.some((point, i) => {
			const before = line[i - 1];
			return before !== undefined && fromOrigin(flat(before), flat(point)) < metres / 2 + 10;
		})
	);
}

/** Distance of the origin from a segment, in the units of its ends. */
function fromOrigin([x0, y0]: Position, [x1, y1]: Position): number {
	const dx = x1 - x0;
	const dy = y1 - y0;
	const long = dx * dx + dy * dy;
	const t = long === 0 ? 0 : Math.max(0, Math.min(1, -(x0 * dx + y0 * dy) / long));
	return Math.hypot(x0 + t * dx, y0 + t * dy);
}

/** `count` positions as far from one another as known places allow, the centre first. */
export function spreadOut(pack: Pack, count: number): Position[] {
	const left = pack.places.map(({ location }) => ({
		location,
		gap: distance(pack.city.center, location)
	}));
	const chosen: Position[] = [[...pack.city.center]];
	while (chosen.length < count && left.length > 0) {
		let best = 0;
		left.forEach(({ gap }, i) => {
			if (gap > (left[best]?.gap ?? 0)) best = i;
		});
		const [picked] = left.splice(best, 1);
		if (!picked) break;
		chosen.push(picked.location);
		for (const other of left)
			other.gap = Math.min(other.gap, distance(other.location, picked.location));
	}
	// Past the known places, further ones stand a kilometre beside the first.
	for (let i = 0; chosen.length < count; i++) {
		const [lon, lat] = chosen[i] ?? pack.city.center;
		chosen.push(moved([lon, lat], 700, 700));
	}
	return chosen.slice(0, count);
}

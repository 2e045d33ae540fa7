import { distance, viewBbox, type Position } from '../geo.ts';
import {
	metresPerPixel,
	projector,
	type Frame,
	type MapView,
	type Point
} from '../map/projection.ts';

/** One press of an arrow key on the ground; with Shift ten times as far. */
const STEP_M = 5;

export const ZOOMS = { least: 11, most: 18 } as const;

/** The pin after an arrow key. Undefined where the key is not ours. */
export function pinByKey([lon, lat]: Position, key: string, far: boolean): Position | undefined {
	const metres = far ? STEP_M * 10 : STEP_M;
	const north = key === 'ArrowUp' ? metres : key === 'ArrowDown' ? -metres : 0;
	const east = key === 'ArrowRight' ? metres : key === 'ArrowLeft' ? -metres : 0;
	if (north === 0 && east === 0) return undefined;
	const perDegree = 111_195; // of latitude, mean Earth radius
	return [lon + east / (perDegree * Math.cos((lat * Math.PI) / 180)), lat + north / perDegree];
}

/** Where on the ground a point of a frame is. */
export function toPosition(frame: Frame, [x, y]: Point): Position {
	const { lon, lat, zoom, width, height } = frame;
	// A box whose north-west corner is the centre and whose half is the way to the point.
	const half = (px: number) => Math.abs(px) * 2;
	const dx = x - width / 2;
	const dy = y - height / 2;
	const [w, s, e, n] = viewBbox([lon, lat], zoom, half(dx), half(dy));
	return [dx < 0 ? w : e, dy < 0 ? n : s];
}

/** The view that shows the pin away from the edges: as it is, or centred on the pin. */
export function follow(
	view: MapView,
	pin: Position,
	size: { width: number; height: number }
): MapView {
	const [x, y] = projector({ ...view, ...size })(pin);
	const margin = 44;
	const seen = x > margin && y > margin + 16 && x < size.width - margin && y < size.height - margin;
	return seen ? view : { ...view, lon: pin[0], lat: pin[1] };
}

/** The named place nearest to a pin, within `metres`. */
export function nearestName<T extends { location: Position }>(
	places: Iterable<T>,
	pin: Position,
	metres = 400
): { place: T; away: number } | undefined {
	let best: { place: T; away: number } | undefined;
	for (const place of places) {
		const away = distance(place.location, pin);
		if (away < (best?.away ?? metres)) best = { place, away };
	}
	return best;
}

/** What is « here » on a screen: eight pixels, so that a pin drawn on a mark counts as on it. */
export const here = (view: MapView): number => metresPerPixel(view) * 8;

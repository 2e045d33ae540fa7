import type { Bbox, Position } from '../geo.ts';
import { viewBbox } from '../geo.ts';

/** Where a map looks: its centre and MapLibre's zoom (512-pixel tiles). */
export interface MapView {
	lat: number;
	lon: number;
	zoom: number;
}

/** A view with what it shows, as it is told to the page. */
export interface ShownView extends MapView {
	bbox: Bbox;
}

/** A view drawn on `width` × `height` pixels. */
export interface Frame extends MapView {
	width: number;
	height: number;
}

export type Point = [x: number, y: number];

const EQUATOR_M = 40_075_016.686;

/** Web Mercator into the pixels of a frame: x to the right, y down, the view's centre in the middle. */
export function projector({ lat, lon, zoom, width, height }: Frame): (p: Position) => Point {
	const world = 512 * 2 ** zoom;
	const mercator = (latitude: number) => {
		const sin = Math.sin((latitude * Math.PI) / 180);
		return (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world;
	};
	const x0 = (lon / 360 + 0.5) * world - width / 2;
	const y0 = mercator(lat) - height / 2;
	return ([lo, la]) => [(lo / 360 + 0.5) * world - x0, mercator(la) - y0];
}

/** How many metres of ground one pixel covers at the view's latitude. */
export function metresPerPixel({ lat, zoom }: MapView): number {
	return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
}

/**
 * What is seen of `frame` when it fills a box of `width` × `height` pixels and the rest is cut
 * (`preserveAspectRatio="xMidYMid slice"`).
 */
export function sliced(frame: Frame, width: number, height: number): ShownView {
	const scale = Math.max(width / frame.width, height / frame.height);
	const { lat, lon, zoom } = frame;
	const bbox = viewBbox([lon, lat], zoom, width / scale, height / scale);
	return { lat, lon, zoom: zoom + Math.log2(scale), bbox };
}

/** The pieces of a line inside the box from `-margin` to the frame's edges plus `margin` (Liang–Barsky, each segment). */
export function clipLine(
	line: readonly Point[],
	{ width, height }: { width: number; height: number },
	margin: number
): Point[][] {
	const pieces: Point[][] = [];
	let piece: Point[] = [];
	for (let i = 1; i < line.length; i++) {
		const a = line[i - 1];
		const b = line[i];
		if (!a || !b) continue;
		const part = clipSegment(a, b, -margin, -margin, width + margin, height + margin);
		if (!part) continue;
		const last = piece.at(-1);
		if (!last || last[0] !== part[0][0] || last[1] !== part[0][1]) {
			if (piece.length > 1) pieces.push(piece);
			piece = [part[0]];
		}
		piece.push(part[1]);
	}
	if (piece.length > 1) pieces.push(piece);
	return pieces;
}

function clipSegment(
	[ax, ay]: Point,
	[bx, by]: Point,
	left: number,
	top: number,
	right: number,
	bottom: number
): [Point, Point] | undefined {
	const dx = bx - ax;
	const dy = by - ay;
	let from = 0;
	let to = 1;
	for (const [p, q] of [
		[-dx, ax - left],
		[dx, right - ax],
		[-dy, ay - top],
		[dy, bottom - ay]
	] as const) {
		if (p === 0) {
			if (q < 0) return undefined;
			continue;
		}
		const t = q / p;
		if (p < 0) from = Math.max(from, t);
		else to = Math.min(to, t);
	}
	if (from > to) return undefined;
	const at = (t: number): Point => [ax + t * dx, ay + t * dy];
	// The very corner point where nothing was cut: pieces are joined by comparing their ends.
	return [from === 0 ? [ax, ay] : at(from), to === 1 ? [bx, by] : at(to)];
}

/** Whether any of a shape may show in the frame: its own box meets the frame's. */
export function touches(
	shape: readonly Point[],
	{ width, height }: { width: number; height: number }
): boolean {
	const xs = shape.map(([x]) => x);
	const ys = shape.map(([, y]) => y);
	return (
		Math.max(...xs) > 0 &&
		Math.min(...xs) < width &&
		Math.max(...ys) > 0 &&
		Math.min(...ys) < height
	);
}

import type { Position } from '../geo.ts';
import { labelCity, labelWater, type Box } from './labels.ts';
import { markRadius } from './marks.ts';
import type { GroundKind, Pack } from './pack.ts';
import {
	clipLine,
	metresPerPixel,
	projector,
	touches,
	type Frame,
	type Point
} from './projection.ts';

/** How a kind of line is drawn: its class, width on the ground in metres, least width in pixels, from which zoom. */
const LINES: readonly { kind: GroundKind; metres: number; least: number; fromZoom: number }[] = [
	{ kind: 'rocade', metres: 26, least: 1.6, fromZoom: 0 },
	{ kind: 'street', metres: 11, least: 0.8, fromZoom: 12 },
	{ kind: 'ring', metres: 20, least: 1.4, fromZoom: 0 },
	{ kind: 'stream', metres: 14, least: 1, fromZoom: 0 },
	{ kind: 'canal', metres: 22, least: 1.6, fromZoom: 0 },
	{ kind: 'river', metres: 100, least: 3, fromZoom: 0 }
];

/** Drawn over the water: bridges carry streets, and metro lines pass below. */
const BRIDGES: readonly GroundKind[] = ['street', 'ring', 'rocade'];
const RAILS: readonly GroundKind[] = ['tram', 'metro'];

/**
 * The city under a view as SVG markup: parks, water, streets, lines, names, and nothing beyond the frame. `marks` are the
 * pixels where places are drawn on top, `covered` the boxes that buttons hide; names avoid both. A few kilobytes: it is part of the first HTML.
 */
export function drawGround(
	pack: Pack,
	frame: Frame,
	marks: readonly Point[],
	covered: readonly Box[] = []
): string {
	const toPixel = projector(frame);
	const scale = metresPerPixel(frame);
	const out: string[] = [];

	const areas = (kind: GroundKind) => {
		let d = '';
		for (const { properties, geometry } of pack.ground.features) {
			if (properties.kind !== kind || geometry.type !== 'Polygon') continue;
			const shape = (geometry.coordinates[0] ?? []).map(toPixel);
			if (touches(shape, frame)) d += `${path(shape.slice(0, -1))}z`;
		}
		if (d) out.push(`<path class="g-${kind}" d="${d}"/>`);
	};

	const lines = (kind: GroundKind, width: (metres: number) => number, metres: number) => {
		const byWidth = new Map<number, string>();
		for (const { properties, geometry } of pack.ground.features) {
			if (properties.kind !== kind || geometry.type !== 'LineString') continue;
			const w = width(properties.m ?? metres);
			const d = clipLine(geometry.coordinates.map(toPixel), frame, w / 2 + 2)
				.map(path)
				.join('');
			if (d) byWidth.set(w, (byWidth.get(w) ?? '') + d);
		}
		for (const [w, d] of byWidth)
			out.push(`<path class="g-${kind}" stroke-width="${w}" d="${d}"/>`);
	};

	areas('park');
	const drawn = LINES.filter(({ fromZoom }) => frame.zoom >= fromZoom);
	for (const { kind, metres, least } of drawn)
		lines(kind, (m) => Math.max(least, round(m / scale)), metres);
	areas('basin');
	for (const { kind, metres, least } of drawn)
		if (BRIDGES.includes(kind)) bridges(pack, kind, frame, out, Math.max(least, metres / scale));
	areas('square');
	for (const kind of RAILS) lines(kind, () => (frame.zoom < 13 ? 1.5 : 2.5), 0);

	const reach = markRadius(frame.zoom) + 2;
	const taken: Box[] = marks.map(([x, y]) => ({
		x: x - reach,
		y: y - reach,
		w: 2 * reach,
		h: 2 * reach
	}));
	taken.push(...covered);
	out.push(labelWater(pack, frame, toPixel, scale, taken));
	out.push(labelCity(pack, frame, toPixel, taken));
	return out.join('');
}

/** A street drawn before the river is hidden by it: its crossings are drawn once more, thin, as bridges. */
function bridges(pack: Pack, kind: GroundKind, frame: Frame, out: string[], width: number): void {
	if (frame.zoom < 13) return;
	const toPixel = projector(frame);
	let d = '';
	for (const { properties, geometry } of pack.ground.features) {
		if (properties.kind !== kind || geometry.type !== 'LineString') continue;
		for (let i = 1; i < geometry.coordinates.length; i++) {
			const ends = [geometry.coordinates[i - 1], geometry.coordinates[i]];
			const [a, b] = ends as [Position, Position];
			if (!crossesWater(pack, a, b)) continue;
			for (const piece of clipLine([toPixel(a), toPixel(b)], frame, width)) d += path(piece);
		}
	}
	if (d) out.push(`<path class="g-${kind} g-bridge" stroke-width="${round(width)}" d="${d}"/>`);
}

function crossesWater(pack: Pack, a: Position, b: Position): boolean {
	for (const { properties, geometry } of pack.ground.features) {
		if (!['river', 'canal'].includes(properties.kind) || geometry.type !== 'LineString') continue;
		const line = geometry.coordinates;
		for (let i = 1; i < line.length; i++) {
			const [c, d] = [line[i - 1], line[i]];
			if (c && d && side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0)
				return true;
		}
	}
	return false;
}

const side = ([ax, ay]: Position, [bx, by]: Position, [px, py]: Position) =>
	(bx - ax) * (py - ay) - (by - ay) * (px - ax);

const round = (n: number) => Math.round(n * 10) / 10;

/** A path in whole pixels and relative steps: half the bytes, and no eye sees the difference. */
export function path(points: readonly Point[]): string {
	let d = '';
	let [px, py] = [0, 0];
	for (const [x, y] of points) {
		const [ix, iy] = [Math.round(x), Math.round(y)];
		if (!d) d = `M${ix} ${iy}`;
		else if (ix !== px || iy !== py)
			d += `${d.includes('l') ? ' ' : 'l'}${ix - px} ${iy - py}`.replace(/ -/g, '-');
		[px, py] = [ix, iy];
	}
	return d.includes('l') ? d : '';
}

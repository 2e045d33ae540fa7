import type { Position } from '../geo.ts';
import { escaped } from '../text.ts';
import type { Pack } from './pack.ts';
import { clipLine, type Frame, type Point } from './projection.ts';

/** A rectangle of the drawing that is already used. */
export interface Box {
	x: number;
	y: number;
	w: number;
	h: number;
}

interface Candidate {
	name: string;
	at: Point;
	rank: number;
	kind: string;
	line?: string;
}

const CHAR = 6.1; // mean width of a character at 12 px, bold enough to read in the street
const LINE = 14;
/** Nothing is written nearer to the edge: a phone a little narrower or wider than the frame cuts that much. */
const MARGIN = 20;
/** A name in the water may come nearer: it leans on a shape that is cut too. */
const EDGE = 8;

/** Where a name without a dot may stand around its place, nearest first: among many marks it still finds room. */
const AROUND: readonly Point[] = [0, 12, -12, 24, -24, 36, -36]
	.flatMap((dy) => [0, -26, 26].map((dx): Point => [dx, dy]))
	.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

/** From which zoom a kind of place is named, and before which others. */
const RANKS: Readonly<Record<string, { rank: number; fromZoom: number }>> = {
	district: { rank: 0, fromZoom: 0 },
	station: { rank: 1, fromZoom: 13.5 },
	square: { rank: 2, fromZoom: 13.8 },
	metro: { rank: 3, fromZoom: 13 },
	park: { rank: 4, fromZoom: 13.8 },
	tram: { rank: 5, fromZoom: 13.8 },
	hospital: { rank: 6, fromZoom: 13.5 },
	university: { rank: 6, fromZoom: 13.8 },
	place: { rank: 7, fromZoom: 14.5 }
};
const DISTRICTS_BELOW = 13.3;

/** Names of stations, squares, parks and quartiers that fit the frame without touching each other, a mark or an edge. */
export function labelCity(
	pack: Pack,
	frame: Frame,
	toPixel: (p: Position) => Point,
	taken: Box[]
): string {
	const candidates: Candidate[] = [];
	const offer = (name: string, kind: string, location: Position, line?: string) => {
		const known = RANKS[kind];
		if (!known || frame.zoom < known.fromZoom) return;
		const at = toPixel(location);
		if (at[0] < 0 || at[1] < 0 || at[0] > frame.width || at[1] > frame.height) return;
		candidates.push({ name, kind, at, rank: known.rank, ...(line && { line }) });
	};
	if (frame.zoom < DISTRICTS_BELOW)
		for (const { name, center } of pack.districts)
			offer(spoken(name, 'district'), 'district', center);
	for (const { name, kind, location, line } of pack.places)
		offer(spoken(name, kind), kind, location, line);

	const middle: Point = [frame.width / 2, frame.height / 2];
	const far = ({ at }: Candidate) => Math.hypot(at[0] - middle[0], at[1] - middle[1]);
	candidates.sort((a, b) => a.rank - b.rank || far(a) - far(b));

	let out = '';
	for (const { kind, line, at } of candidates)
		if (kind === 'metro')
			out += `<circle class="stop${line ? ` l${line.charAt(0).toLowerCase()}` : ''}" cx="${r(at[0])}" cy="${r(at[1])}" r="3.5"/>`;

	const most = Math.round((frame.width * frame.height) / 9_000);
	const said = new Set<string>();
	let count = 0;
	for (const candidate of candidates) {
		if (count >= most) break;
		// « Capitole », the station, and « Place du Capitole » are one name to whoever reads a map.
		const key = subject(candidate.name);
		if (said.has(key)) continue;
		const text = write(candidate, frame, taken);
		if (!text) continue;
		said.add(key);
		out += text;
		count++;
	}
	return out;
}

/** A name as people say it: « on se retrouve à Saint-Georges », and quartiers by their first name. */
export function spoken(name: string, kind: string): string {
	if (kind === 'square') return name.replace(/^Place (du |des |de la |de l['’]|de |d['’])?/, '');
	if (kind === 'district') return name.split(/ – | \/ /)[0] ?? name;
	return name;
}

/** What a name is about: its last word, whatever « place », « parc » or « gare » stands before. */
export function subject(name: string): string {
	const words = name
		.normalize('NFD')
		.replace(/\p{Mn}/gu, '')
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter(Boolean);
	return words.at(-1) ?? name;
}

function write({ name, at: [x, y], kind }: Candidate, frame: Frame, taken: Box[]): string {
	const w = name.length * CHAR;
	const stop = kind === 'metro' || kind === 'tram' || kind === 'station';
	const anchors: { anchor: string; tx: number; ty: number; left: number }[] = stop
		? [
				{ anchor: '', tx: x + 8, ty: y + 4, left: x + 8 },
				{ anchor: 'end', tx: x - 8, ty: y + 4, left: x - 8 - w },
				{ anchor: 'middle', tx: x, ty: y - 9, left: x - w / 2 },
				{ anchor: 'middle', tx: x, ty: y + 18, left: x - w / 2 }
			]
		: AROUND.map(([dx, dy]) => ({
				anchor: 'middle',
				tx: x + dx,
				ty: y + 4 + dy,
				left: x + dx - w / 2
			}));
	for (const { anchor, tx, ty, left } of anchors) {
		const box: Box = { x: left - 2, y: ty - LINE + 3, w: w + 4, h: LINE };
		if (!fits(box, frame, taken)) continue;
		taken.push(box);
		if (stop) taken.push({ x: x - 5, y: y - 5, w: 10, h: 10 });
		const side = anchor ? ` text-anchor="${anchor}"` : '';
		return `<text class="n-${kind}" x="${r(tx)}" y="${r(ty)}"${side}>${escaped(name)}</text>`;
	}
	return '';
}

/** Names written along the Garonne and the canals, once each, where a straight enough stretch is in view. */
export function labelWater(
	pack: Pack,
	frame: Frame,
	toPixel: (p: Position) => Point,
	metresPerPixel: number,
	taken: Box[]
): string {
	const said = new Set<string>();
	let out = '';
	for (const { name, kind, metres, line } of waters(pack)) {
		if (said.has(name) || frame.zoom < (kind === 'river' ? 11.5 : 13)) continue;
		const inside = metres / metresPerPixel > LINE;
		// A short stretch still takes the name without its article.
		for (const text of new Set([name, name.replace(/^La /, '')])) {
			const spot = along(line.map(toPixel), text, frame, taken);
			if (!spot) continue;
			said.add(name);
			out += `<text class="n-water" text-anchor="middle" dy="${inside ? 4 : -5}" transform="translate(${r(spot.x)} ${r(spot.y)})rotate(${Math.round(spot.angle)})">${escaped(text)}</text>`;
			break;
		}
	}
	return out;
}

/** Waters with a name, in the order of the pack; stretches of one river that follow each other are one line. */
export function waters(pack: Pack) {
	const found: { name: string; kind: string; metres: number; line: Position[] }[] = [];
	for (const { properties, geometry } of pack.ground.features) {
		const { name, kind, m: metres = 0 } = properties;
		if (!name || geometry.type !== 'LineString') continue;
		if (kind !== 'river' && kind !== 'canal') continue;
		const line = geometry.coordinates;
		const upstream = found.find((water) => {
			const [end, start] = [water.line.at(-1), line[0]];
			return water.name === name && end && start && end[0] === start[0] && end[1] === start[1];
		});
		if (upstream) upstream.line = [...upstream.line, ...line.slice(1)];
		else found.push({ name, kind, metres, line });
	}
	return found;
}

/** Where a name fits along a line in view; its room is then taken. */
function along(line: readonly Point[], text: string, frame: Frame, taken: Box[]) {
	const w = text.length * CHAR * 1.1;
	for (const piece of clipLine(line, frame, -EDGE)) {
		for (const spot of stretches(piece, w + 4)) {
			const rad = (spot.angle * Math.PI) / 180;
			const [dx, dy] = [Math.cos(rad) * w, Math.sin(rad) * w].map((size) => Math.abs(size) / 2);
			const box: Box = {
				x: spot.x - (dx ?? 0) - 4,
				y: spot.y - (dy ?? 0) - 7,
				w: 2 * (dx ?? 0) + 8,
				h: 2 * (dy ?? 0) + LINE
			};
			if (taken.some((t) => overlap(box, t))) continue;
			taken.push(box);
			return spot;
		}
	}
	return undefined;
}

interface Stretch {
	x: number;
	y: number;
	angle: number;
}

/** Below this share of its length, the chord of a bend would leave the water. */
const STRAIGHT = 0.96;
const STEP = 6;

/** Middles and angles (kept readable) of the stretches of `length` along a line, straightest first; none where it bends. */
export function stretches(line: readonly Point[], length: number): Stretch[] {
	const steps: Point[] = [];
	for (let i = 1; i < line.length; i++) {
		const [a, b] = [line[i - 1], line[i]];
		if (!a || !b) continue;
		const n = Math.max(1, Math.round(Math.hypot(b[0] - a[0], b[1] - a[1]) / STEP));
		for (let k = 0; k < n; k++)
			steps.push([a[0] + ((b[0] - a[0]) * k) / n, a[1] + ((b[1] - a[1]) * k) / n]);
	}
	const span = Math.ceil(length / STEP);
	const found: (Stretch & { straight: number })[] = [];
	for (let i = 0; i + span < steps.length; i += 2) {
		const a = steps[i];
		const mid = steps[i + Math.floor(span / 2)];
		const b = steps[i + span];
		if (!a || !b || !mid) continue;
		const straight = Math.hypot(b[0] - a[0], b[1] - a[1]) / (span * STEP);
		if (straight < STRAIGHT) continue;
		let angle = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
		if (angle > 90) angle -= 180;
		if (angle < -90) angle += 180;
		const [x, y] = [(a[0] + b[0] + 2 * mid[0]) / 4, (a[1] + b[1] + 2 * mid[1]) / 4];
		found.push({ x, y, angle, straight });
	}
	return found.sort((a, b) => b.straight - a.straight);
}

function fits(box: Box, { width, height }: Frame, taken: readonly Box[]): boolean {
	if (box.x < MARGIN || box.y < MARGIN) return false;
	if (box.x + box.w > width - MARGIN || box.y + box.h > height - MARGIN) return false;
	return !taken.some((t) => overlap(box, t));
}

const overlap = (a: Box, b: Box) =>
	a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const r = (n: number) => Math.round(n);

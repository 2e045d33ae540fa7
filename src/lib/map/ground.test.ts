import fs from 'node:fs';
import { expect, test } from 'vitest';
import { inside } from '../geo.ts';
import { drawGround, path } from './ground.ts';
import { spoken, subject } from './labels.ts';
import { bundledPack } from './pack-bundled.ts';
import type { Frame, Point } from './projection.ts';

const pack = bundledPack();
const capitole: Frame = { lat: 43.6045, lon: 1.4442, zoom: 14, width: 390, height: 300 };

test('the drawing weighs no more than 25 kB, lies around Toulouse, and says it is approximate', () => {
	const text = fs.readFileSync('static/city/toulouse/sketch.json', 'utf8');
	expect(Buffer.byteLength(text)).toBeLessThanOrEqual(25_000);
	expect(text).toContain('"approximate":true');
	for (const { geometry } of pack.ground.features) {
		const points =
			geometry.type === 'Polygon'
				? geometry.coordinates.flat()
				: geometry.type === 'LineString'
					? geometry.coordinates
					: [geometry.coordinates];
		for (const point of points) expect(inside(point, [1.25, 43.45, 1.65, 43.8])).toBe(true);
	}
});

test.each([
	['the Pont-Neuf spans the Garonne', [1.4391, 43.5994], 'river', 0.0004],
	['the Pont Saint-Pierre spans the Garonne', [1.4348, 43.6024], 'river', 0.0006],
	['the canal passes before Matabiau station', [1.4527, 43.6113], 'canal', 0.0012],
	['the boulevards pass by Jeanne-d’Arc', [1.4453, 43.6089], 'ring', 0.0006]
] as const)('%s', (_, [lon, lat], kind, within) => {
	const away = pack.ground.features
		.filter(({ properties }) => properties.kind === kind)
		.flatMap(({ geometry }) =>
			geometry.type === 'LineString' ? between(geometry.coordinates) : []
		)
		.map(([x, y]) => Math.hypot((x - lon) * 0.72, y - lat));
	expect(Math.min(...away)).toBeLessThan(within);
});

/** Points along a line, close enough to measure from. */
function between(line: readonly Point[]): Point[] {
	return line.slice(1).flatMap((b, i) => {
		const a = line[i] ?? b;
		return Array.from({ length: 51 }, (_, k): Point => [
			a[0] + ((b[0] - a[0]) * k) / 50,
			a[1] + ((b[1] - a[1]) * k) / 50
		]);
	});
}

test('the ground of the first view is a few kilobytes of markup that names the Capitole once', () => {
	const svg = drawGround(pack, capitole, []);
	expect(svg.length).toBeLessThan(4_500);
	expect(svg.match(/>Capitole</g)).toHaveLength(1);
	expect(svg).toContain('g-river');
});

test('no name touches another, a mark, a button or the edge, wherever one looks', () => {
	for (let i = 0; i < 40; i++) {
		const frame = {
			...capitole,
			lat: 43.58 + (i % 8) * 0.008,
			lon: 1.4 + Math.floor(i / 8) * 0.015,
			zoom: 12 + (i % 4)
		};
		const marks: Point[] = [[195, 150], [60, 60]]; // prettier-ignore
		const button = { x: 258, y: 0, w: 132, h: 66 };
		const boxes = written(drawGround(pack, frame, marks, [button]));
		for (const [n, a] of boxes.entries()) {
			expect(a.x).toBeGreaterThan(8);
			expect(a.x + a.w).toBeLessThan(frame.width - 8);
			for (const b of [...boxes.slice(n + 1), button]) expect(meet(a, b)).toBe(false);
			for (const [x, y] of marks) expect(meet(a, { x: x - 4, y: y - 4, w: 8, h: 8 })).toBe(false);
		}
	}
});

interface Box {
	x: number;
	y: number;
	w: number;
	h: number;
}

/** Where the level names of a drawing stand, measured a little small, as a browser would. */
function written(svg: string): Box[] {
	const texts =
		/<text class="n-(?!water)[^"]+" x="(\d+)" y="(\d+)"(?: text-anchor="(\w+)")?>([^<]+)/g;
	return [...svg.matchAll(texts)].map(([, x, y, anchor, name]) => {
		const w = (name ?? '').length * 5.6;
		const left = anchor === 'middle' ? w / 2 : anchor === 'end' ? w : 0;
		return { x: Number(x) - left, y: Number(y) - 9, w, h: 10 };
	});
}

const meet = (a: Box, b: Box) =>
	a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

test('a path goes by whole relative pixels and skips steps too small to see', () => {
	expect(path([[1.2, 2], [4, 2.1], [4.2, 2.2], [1, 9]])).toBe('M1 2l3 0-3 7'); // prettier-ignore
	expect(path([[1, 1], [1.2, 1.1]])).toBe(''); // prettier-ignore
});

test('a square and its metro station are one name, said as people say it', () => {
	expect(subject('Place du Capitole')).toBe(subject('Capitole'));
	expect(spoken('Place de la Daurade', 'square')).toBe('Daurade');
	expect(spoken("Place de l'Europe", 'square')).toBe('Europe');
	expect(spoken('Place Wilson', 'square')).toBe('Wilson');
});

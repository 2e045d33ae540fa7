import { expect, test } from 'vitest';
import { viewBbox } from '../geo.ts';
import { clipLine, metresPerPixel, projector, sliced, type Frame } from './projection.ts';

const frame: Frame = { lat: 43.6045, lon: 1.4442, zoom: 14, width: 390, height: 300 };

test('the centre of a view is the middle of its frame, and its box the corners', () => {
	const toPixel = projector(frame);
	const [x, y] = toPixel([1.4442, 43.6045]);
	expect(x).toBeCloseTo(195, 6);
	expect(y).toBeCloseTo(150, 6);
	const [w, s, e, n] = viewBbox([1.4442, 43.6045], 14, 390, 300);
	expect(toPixel([w, n]).map((p) => Math.round(p) + 0)).toEqual([0, 0]); // -0 is 0
	expect(toPixel([e, s]).map(Math.round)).toEqual([390, 300]);
});

test('a pixel at zoom 14 in Toulouse covers three and a half metres', () => {
	expect(metresPerPixel(frame)).toBeCloseTo(3.46, 1);
});

test('a line is cut at the edges, and its pieces are apart where it left the frame', () => {
	const pieces = clipLine(
		[
			[-100, 50],
			[50, 50],
			[50, -100],
			[80, -100],
			[80, 50]
		],
		{ width: 100, height: 100 },
		0
	);
	expect(pieces).toEqual([
		[
			[0, 50],
			[50, 50],
			[50, 0]
		],
		[
			[80, 0],
			[80, 50]
		]
	]);
});

test('a line that only passes by leaves nothing', () => {
	expect(clipLine([[-10, -10], [200, -10]], { width: 100, height: 100 }, 0)).toEqual([]); // prettier-ignore
});

test('what is seen of a sketch in a narrower box is less of the ground, never more', () => {
	const [w, s, e, n] = viewBbox([frame.lon, frame.lat], frame.zoom, frame.width, frame.height);
	for (const [width, height] of [
		[390, 300],
		[360, 270],
		[430, 320],
		[700, 800]
	] as const) {
		const seen = sliced(frame, width, height);
		expect(seen.bbox[0]).toBeGreaterThanOrEqual(w - 1e-9);
		expect(seen.bbox[1]).toBeGreaterThanOrEqual(s - 1e-9);
		expect(seen.bbox[2]).toBeLessThanOrEqual(e + 1e-9);
		expect(seen.bbox[3]).toBeLessThanOrEqual(n + 1e-9);
	}
	expect(sliced(frame, 780, 600).zoom).toBeCloseTo(15, 6);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, type Position } from '../geo.ts';
import { projector } from '../map/projection.ts';
import { LEAST } from './mosaic.ts';
import { follow, pinByKey, toPosition } from './pin.ts';
import { zoneBetween, zoneByKey } from './zones.ts';

const CAPITOLE: Position = [1.4442, 43.6045];
const size = { width: 358, height: 280 };

test('an arrow key moves the pin five metres its way, with Shift fifty; other keys are not taken', () => {
	for (const [key, dLon, dLat] of [
		['ArrowUp', 0, 1],
		['ArrowDown', 0, -1],
		['ArrowLeft', -1, 0],
		['ArrowRight', 1, 0]
	] as const) {
		const moved = pinByKey(CAPITOLE, key, false) ?? CAPITOLE;
		expect(distance(CAPITOLE, moved)).toBeCloseTo(5, 1);
		expect([Math.sign(moved[0] - CAPITOLE[0]), Math.sign(moved[1] - CAPITOLE[1])]).toEqual([
			dLon,
			dLat
		]);
		expect(distance(CAPITOLE, pinByKey(CAPITOLE, key, true) ?? CAPITOLE)).toBeCloseTo(50, 0);
	}
	expect(pinByKey(CAPITOLE, 'Enter', false)).toBeUndefined();
});

test('the pin stands where the finger let it go, at any zoom', () => {
	const point = fc.tuple(fc.integer({ min: 0, max: 358 }), fc.integer({ min: 0, max: 280 }));
	fc.assert(
		fc.property(point, fc.integer({ min: 11, max: 18 }), ([x, y], zoom) => {
			const frame = { lat: CAPITOLE[1], lon: CAPITOLE[0], zoom, ...size };
			const [px, py] = projector(frame)(toPosition(frame, [x, y]));
			expect(px).toBeCloseTo(x, 3);
			expect(py).toBeCloseTo(y, 3);
		})
	);
});

test('the view follows a pin that nears its edge and stays otherwise', () => {
	const view = { lon: CAPITOLE[0], lat: CAPITOLE[1], zoom: 16 };
	expect(follow(view, CAPITOLE, size)).toBe(view);
	const far: Position = [1.46, 43.6045];
	expect(follow(view, far, size)).toMatchObject({ lon: 1.46 });
});

test('a zone stays inside the photo, whatever stroke or key', () => {
	const share = fc.double({ min: 0, max: 1, noNaN: true });
	const keys = fc.array(
		fc.tuple(fc.constantFrom('ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'), fc.boolean())
	);
	fc.assert(
		fc.property(share, share, share, share, keys, (x1, y1, x2, y2, pressed) => {
			let zone = zoneBetween({ x: x1, y: y1 }, { x: x2, y: y2 });
			for (const [key, shift] of pressed) zone = zoneByKey(zone, key, shift) ?? zone;
			for (const [from, length] of [
				[zone.x, zone.w],
				[zone.y, zone.h]
			] as const) {
				expect(from).toBeGreaterThanOrEqual(0);
				expect(length).toBeGreaterThanOrEqual(LEAST - 1e-9);
				expect(from + length).toBeLessThanOrEqual(1 + 1e-9);
			}
		})
	);
});

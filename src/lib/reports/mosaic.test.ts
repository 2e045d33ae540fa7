import fc from 'fast-check';
import { expect, test } from 'vitest';
import { box, hide, LEAST, type Pixels, type Zone } from './mosaic.ts';

const WIDTH = 64;
const HEIGHT = 48;

function picture(value: (at: number) => number): Pixels {
	const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
	for (let at = 0; at < data.length; at++) data[at] = at % 4 === 3 ? 255 : value(at);
	return { width: WIDTH, height: HEIGHT, data };
}

/** The same « chance » for both pictures of a comparison. */
const chance = () => {
	let seed = 7;
	return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
};

const zoneOf = fc.record({
	x: fc.double({ min: 0, max: 0.9, noNaN: true }),
	y: fc.double({ min: 0, max: 0.9, noNaN: true }),
	w: fc.double({ min: 0, max: 1, noNaN: true }),
	h: fc.double({ min: 0, max: 1, noNaN: true })
});

test('of a hidden zone only its mean remains: other contents of the same mean give the same bytes', () => {
	fc.assert(
		fc.property(zoneOf, fc.integer({ min: 1, max: 60 }), (zone, contrast) => {
			const plain = picture(() => 128);
			const written = picture(() => 128);
			const { left, top, right, bottom } = box(zone, plain);
			// « Text » in pairs of a darker and a lighter pixel: the mean is the same to the bit.
			for (let y = top; y < bottom; y++)
				for (let x = left; x + 1 < right; x += 2)
					for (let c = 0; c < 3; c++) {
						written.data[(y * WIDTH + x) * 4 + c] = 128 - contrast;
						written.data[(y * WIDTH + x + 1) * 4 + c] = 128 + contrast;
					}
			hide(plain, [zone], chance());
			hide(written, [zone], chance());
			expect(written.data).toEqual(plain.data);
		})
	);
});

test('a mean is told in steps of 32: one pixel more or less cannot be read from it', () => {
	const zone: Zone = { x: 0.2, y: 0.2, w: 0.5, h: 0.5 };
	const plain = picture(() => 100);
	const other = picture(() => 100);
	other.data[(20 * WIDTH + 20) * 4] = 255;
	hide(plain, [zone], chance());
	hide(other, [zone], chance());
	expect(other.data).toEqual(plain.data);
});

test('nothing outside the zone changes, everything inside does, whatever its place', () => {
	fc.assert(
		fc.property(zoneOf, (zone) => {
			const before = picture((at) => (at * 31) % 97);
			const after = picture((at) => (at * 31) % 97);
			const { left, top, right, bottom } = box(zone, after);
			expect(right - left).toBeGreaterThanOrEqual(Math.min(WIDTH, LEAST * WIDTH));
			hide(after, [zone], () => 0.5);
			const inside = new Set<string>();
			for (let y = 0; y < HEIGHT; y++)
				for (let x = 0; x < WIDTH; x++) {
					const at = (y * WIDTH + x) * 4;
					const within = x >= left && x < right && y >= top && y < bottom;
					const pixel = after.data.slice(at, at + 4).join();
					if (within) inside.add(pixel);
					else expect(pixel).toBe(before.data.slice(at, at + 4).join());
				}
			// Without grain one colour is all there is.
			expect(inside.size).toBe(1);
		})
	);
});

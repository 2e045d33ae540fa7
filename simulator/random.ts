/** A number in [0, 1) at each call. */
export type Random = () => number;

/** 32 bits that depend on every part, and look unrelated when any part changes (FNV-1a, then the murmur3 finaliser). */
export function hash(...parts: (number | string)[]): number {
	let h = 0x811c9dc5;
	const mix = (byte: number) => (h = Math.imul(h ^ byte, 0x01000193));
	for (const part of parts) {
		if (typeof part === 'string') for (let i = 0; i < part.length; i++) mix(part.charCodeAt(i));
		else {
			// Both halves of a number above 32 bits count: times in ms are.
			const low = part >>> 0;
			const high = Math.floor(part / 2 ** 32) >>> 0;
			for (const word of [low, high]) for (let s = 0; s < 32; s += 8) mix((word >>> s) & 255);
		}
		mix(0xff);
	}
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) >>> 0;
}

/** The number in [0, 1) that belongs to these parts, always the same. */
export const chance = (...parts: (number | string)[]): number => hash(...parts) / 2 ** 32;

/** A generator whose whole sequence follows from `seed` (mulberry32). */
export function random(seed: number): Random {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), a | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/**
 * Smooth noise in [-1, 1] that wanders about once per `period` (ms): a function of the seed and the time alone, so any
 * process at any moment finds the same weather.
 */
export function wander(seed: number, ms: number, period: number): number {
	const knot = Math.floor(ms / period);
	const x = ms / period - knot;
	const from = chance(seed, knot) * 2 - 1;
	const to = chance(seed, knot + 1) * 2 - 1;
	return from + (to - from) * x * x * (3 - 2 * x);
}

/** `value` kept between `min` and `max`. */
export const clamp = (value: number, min: number, max: number): number =>
	Math.min(max, Math.max(min, value));

/** `value` to `digits` decimals, never `-0`. */
export function round(value: number, digits = 0): number {
	const scale = 10 ** digits;
	return Math.round(value * scale) / scale + 0;
}

/** Pixels as a canvas hands them over: four bytes each, red, green, blue, opacity. */
export interface Pixels {
	readonly width: number;
	readonly height: number;
	readonly data: Uint8ClampedArray;
}

/** A rectangle of the photo to hide, in shares of its width and height (0 to 1). */
export interface Zone {
	x: number;
	y: number;
	w: number;
	h: number;
}

/** The least side of a zone, as a share of the photo's longer side: many tiny means would draw the picture again. */
export const LEAST = 0.05;

/** Means are told in steps of so much per channel, so that no single pixel can be worked out from them. */
const STEP = 32;
/** Squares along the longer side of a zone. */
const SQUARES = 7;
/** How far a square may be from the mean, either way. */
const GRAIN = 14;

/**
 * Hides zones for good, in place. Of what was there only one colour per zone remains: the mean of its pixels to the nearest
 * 32 levels per channel. The squares that show « something is hidden here » are drawn by chance (`random`, 0 to 1), not from the
 * picture. Zones are hidden one after the other and grow to whole pixels and to `LEAST`.
 */
export function hide(pixels: Pixels, zones: readonly Zone[], random: () => number): void {
	for (const zone of zones) hideOne(pixels, box(zone, pixels), random);
}

interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** The pixels a zone covers: outward to whole ones, at least `LEAST` long, inside the picture. */
export function box(zone: Zone, { width, height }: Pick<Pixels, 'width' | 'height'>): Box {
	const least = Math.ceil(LEAST * Math.max(width, height));
	const [left, right] = span(zone.x * width, zone.w * width, least, width);
	const [top, bottom] = span(zone.y * height, zone.h * height, least, height);
	return { left, top, right, bottom };
}

function span(from: number, length: number, least: number, all: number): [number, number] {
	const grow = Math.max(0, least - length) / 2;
	const start = Math.max(0, Math.floor(from - grow));
	const end = Math.min(all, Math.ceil(from + length + grow));
	// At an edge what could not grow outward grows inward.
	if (end - start >= least || least >= all) return [start, end];
	return start === 0 ? [0, least] : [all - least, all];
}

function hideOne({ data, width }: Pixels, { left, top, right, bottom }: Box, random: () => number) {
	const mean = [0, 0, 0];
	const count = (right - left) * (bottom - top);
	for (let y = top; y < bottom; y++)
		for (let x = left; x < right; x++)
			for (let c = 0; c < 3; c++)
				mean[c] = (mean[c] ?? 0) + (data[(y * width + x) * 4 + c] ?? 0) / count;
	const flat = mean.map((value) => Math.round(value / STEP) * STEP);
	const square = Math.max(1, Math.ceil(Math.max(right - left, bottom - top) / SQUARES));
	for (let y0 = top; y0 < bottom; y0 += square)
		for (let x0 = left; x0 < right; x0 += square) {
			const shade = (random() * 2 - 1) * GRAIN;
			for (let y = y0; y < Math.min(bottom, y0 + square); y++)
				for (let x = x0; x < Math.min(right, x0 + square); x++) {
					const at = (y * width + x) * 4;
					for (let c = 0; c < 3; c++) data[at + c] = (flat[c] ?? 0) + shade;
					data[at + 3] = 255;
				}
		}
}

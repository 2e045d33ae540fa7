import { cellsIn, geohash, viewBbox, type Position } from '../../src/lib/geo.ts';
import { BOX } from '../bench/flood.ts';

/** Devices spread evenly over a box around Toulouse; nothing random, so that two runs are alike. */
export const place = (n: number): Position => [
	BOX.west + ((n * 0.618034) % 1) * (BOX.east - BOX.west),
	BOX.south + ((n * 0.414214) % 1) * (BOX.north - BOX.south)
];

/** A phone of 390 × 844 points at zoom 14, as the app opens; at most 60 filters (CONTRACT 2). */
export function view(phone: number): string[] {
	const { west, east, south, north } = BOX;
	// In the middle of the city: views overlap there, as people do.
	const share = (by: number) => 0.25 + ((phone * by) % 1) * 0.5;
	const center: Position = [
		west + share(0.618034) * (east - west),
		south + share(0.414214) * (north - south)
	];
	return cellsIn(viewBbox(center, 14, 390, 844), 60) ?? [geohash(center)];
}

/** Cells in the middle, which many views hold: stamped frames go there. */
export const stampedCells = [0.4, 0.47, 0.53, 0.6].map((share) =>
	geohash([BOX.west + share * (BOX.east - BOX.west), BOX.south + share * (BOX.north - BOX.south)])
);

/** Places without any other device, each in a cell of its own. */
export const quietPlace = (n: number): Position => [
	1.62 + (n % 8) * 0.03,
	43.75 + Math.floor(n / 8) * 0.03
];

export const deviceId = (n: number) => `air-load-${n + 1}`;
export const quietId = (n: number) => `noise-load-${n + 1}`;
export const readBackId = (n: number) => `weather-load-${n + 1}`;

/** An address of loopback for each phone or client: limits per address hold as they are shipped. */
export const addressOf = (n: number) => `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255 || 255}`;

import { LEAST, type Zone } from './mosaic.ts';

/** One press of an arrow key, as a share of the photo. */
const NUDGE = 0.02;
/** What a tap without a stroke hides, and what the keyboard begins with. */
const TAP = 0.16;

const clamp = (value: number, least: number, most: number) =>
	Math.min(most, Math.max(least, value));

/** The rectangle between two points (shares of the photo); a stroke too short to see is a square around where it began. */
export function zoneBetween(a: { x: number; y: number }, b: { x: number; y: number }): Zone {
	const w = Math.abs(a.x - b.x);
	const h = Math.abs(a.y - b.y);
	if (w < LEAST / 2 && h < LEAST / 2) return zoneAt(a);
	return fit({
		x: Math.min(a.x, b.x),
		y: Math.min(a.y, b.y),
		w: Math.max(w, LEAST),
		h: Math.max(h, LEAST)
	});
}

/** A square zone around a point, the middle of the photo where none is given. */
export const zoneAt = ({ x, y } = { x: 0.5, y: 0.5 }): Zone =>
	fit({ x: x - TAP / 2, y: y - TAP / 2, w: TAP, h: TAP });

/** The zone after a key: arrows move it, with Shift they make it larger or smaller. Undefined where the key is not ours. */
export function zoneByKey(zone: Zone, key: string, shift: boolean): Zone | undefined {
	const dx = key === 'ArrowRight' ? NUDGE : key === 'ArrowLeft' ? -NUDGE : 0;
	const dy = key === 'ArrowDown' ? NUDGE : key === 'ArrowUp' ? -NUDGE : 0;
	if (dx === 0 && dy === 0) return undefined;
	return fit(
		shift
			? { ...zone, w: clamp(zone.w + dx, LEAST, 1), h: clamp(zone.h + dy, LEAST, 1) }
			: { ...zone, x: zone.x + dx, y: zone.y + dy }
	);
}

/** Inside the photo, at its size where that fits. */
function fit({ x, y, w, h }: Zone): Zone {
	return { x: clamp(x, 0, Math.max(0, 1 - w)), y: clamp(y, 0, Math.max(0, 1 - h)), w, h };
}

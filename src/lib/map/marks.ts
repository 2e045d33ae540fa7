import type { Shape } from '../layers/define-layer.ts';
import { freshness } from '../layers/freshness.ts';
import type { Place } from '../live/place.svelte.ts';
import type { Point } from './projection.ts';

/** How one place is drawn: level by shape and colour, a dashed ring where its value is no longer fresh. */
export interface Mark {
	shape: Shape;
	/** A colour token of `app.css` or a published hex colour. */
	color: string;
	fresh: boolean;
}

const OUTDATED: Mark = { shape: 'ring', color: 'dead', fresh: false };
/** A value that is neither good nor bad, as a temperature. */
const PLAIN: Mark = { shape: 'ring', color: 'plain', fresh: true };

/** What stays where it is, and has no value that ages by the minute. */
const FIXED: Mark = { shape: 'diamond', color: 'violette', fresh: true };

/** The mark of a place at `now` (ms). Reads reactive fields: a component that calls it follows them. */
export function markOf(
	place: Pick<Place, 'layer' | 'shown' | 'times' | 'level'>,
	now: number
): Mark {
	if (place.layer.kind === 'static') return FIXED;
	const observed = place.times[place.shown];
	if (observed === undefined || freshness(place.layer, place.shown, observed, now) !== 'fresh')
		return OUTDATED;
	const { level } = place;
	return level ? { shape: level.shape, color: level.color, fresh: true } : PLAIN;
}

/** One word per way of drawing: marks with the same key share a path in the sketch and an image on the map. */
export const markKey = ({ shape, color, fresh }: Mark) => `${shape}|${color}|${fresh ? 1 : 0}`;

/**
 * The marks of a drawing, one path for all that look the same: forty places cost a few hundred bytes and a handful of
 * nodes. Outdated ones come first, so that a value to trust is never under one that is not.
 */
export function drawMarks(
	located: readonly { place: Parameters<typeof markOf>[0]; at: Point }[],
	now: number,
	radius: number
): { key: string; mark: Mark; d: string }[] {
	const groups = new Map<string, { key: string; mark: Mark; d: string }>();
	for (const { place, at } of located) {
		const mark = markOf(place, now);
		const key = markKey(mark);
		const group = groups.get(key) ?? { key, mark, d: '' };
		group.d += shapePath(mark.shape, at[0], at[1], mark.shape === 'ring' ? radius - 1 : radius);
		groups.set(key, group);
	}
	return [...groups.values()].sort((a, b) => Number(a.mark.fresh) - Number(b.mark.fresh));
}

/** Radius of a mark in the sketch, in its pixels: smaller where the whole city is in view. */
export const markRadius = (zoom: number) => (zoom < 12.5 ? 4 : zoom < 13.5 ? 5 : 6);

/** The colour of a mark in CSS. */
export const markColor = (color: string) => (color.startsWith('#') ? color : `var(--${color})`);

/** SVG path of a shape of radius `r` around a point; all have about the same surface. */
export function shapePath(shape: Shape, x: number, y: number, r: number): string {
	const n = (value: number) => Math.round(value * 10) / 10;
	switch (shape) {
		case 'circle':
		case 'ring':
			return `M${n(x - r)} ${n(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0-${2 * r} 0z`;
		case 'triangle':
			return `M${n(x)} ${n(y - 1.25 * r)}l${n(1.2 * r)} ${n(2.1 * r)}h${n(-2.4 * r)}z`;
		case 'square':
			return `M${n(x - 0.9 * r)} ${n(y - 0.9 * r)}h${n(1.8 * r)}v${n(1.8 * r)}h${n(-1.8 * r)}z`;
		case 'diamond':
			return `M${n(x)} ${n(y - 1.25 * r)}l${n(1.25 * r)} ${n(1.25 * r)}l${n(-1.25 * r)} ${n(1.25 * r)}l${n(-1.25 * r)} ${n(-1.25 * r)}z`;
	}
}

import { formatTime } from '../time.ts';
import { startOf, type Curve } from './curve.ts';

const HEAD = 'entity,attribute,unit,from,to,mean,min,max,n';

/**
 * The figures of a curve as RFC 4180 text, one bucket a line up to `until` (ms): a gap is empty, never zero. Times are UTC
 * (RFC 3339), decimals have a point, and the unit is the one on screen.
 */
export function toCsv(
	curve: Curve,
	{
		entity,
		attribute,
		unit,
		until
	}: { entity: string; attribute: string; unit: string; until: number }
): string {
	const lines = [HEAD];
	curve.n.forEach((n, i) => {
		const from = startOf(curve, i);
		if (from > until) return;
		const figures = [curve.mean[i], curve.min[i], curve.max[i]].map(cell);
		const to = formatTime(from + curve.step);
		lines.push([entity, attribute, unit, formatTime(from), to, ...figures, n].join(','));
	});
	return lines.join('\r\n') + '\r\n';
}

/** Six decimals: what lies beyond is the order of an addition. */
const cell = (value: number | null | undefined) =>
	value === null || value === undefined ? '' : String(Math.round(value * 1e6) / 1e6);

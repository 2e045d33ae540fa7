import type { Asked } from '../history/ask.ts';
import { question, type Span } from '../history/span.ts';
import { formatTime } from '../time.ts';

const PATIENCE_MS = 15_000;

/** Where the curve of one number of a layer over a district is read. */
export function curvePath(
	o: { id: string; layer: string; attribute: string; span: Span; slow: boolean },
	now: number
): string {
	const { from, to, points } = question(o.span, now, o.slow);
	const query = new URLSearchParams({
		layer: o.layer,
		attribute: o.attribute,
		from: formatTime(from),
		to: formatTime(to),
		points: String(points)
	});
	return `/api/v1/districts/${o.id}/history?${query}`;
}

/** The curve behind a path. Never rejects. */
export async function askDistrictCurve(path: string, signal: AbortSignal): Promise<Asked> {
	try {
		const limit = AbortSignal.timeout(PATIENCE_MS);
		const response = await fetch(path, {
			headers: { accept: 'application/json' },
			// Chrome 109 cannot join two: a late answer is thrown away by who asked.
			signal: AbortSignal.any ? AbortSignal.any([signal, limit]) : limit
		});
		if (response.ok) return { ok: true, json: (await response.json()) as unknown };
		return { ok: false, why: response.status === 404 ? 'unknown' : 'trouble' };
	} catch {
		return { ok: false, why: 'network' };
	}
}

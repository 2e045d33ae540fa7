import type { Span } from './span.ts';
import { question } from './span.ts';
import { formatTime } from '../time.ts';

/** Slower than this is as good as no answer: what was kept is on screen meanwhile. */
const PATIENCE_MS = 15_000;

export type Asked =
	/** `at`: when the server said it (ms), which for an answer out of the browser's own cache is a while ago. */
	| { ok: true; json: unknown; at?: number }
	/** No network, a server that is not there or knows nothing of this place, a history that cannot be read now. */
	| { ok: false; why: 'network' | 'unknown' | 'trouble' };

async function get(path: string, signal: AbortSignal): Promise<Asked> {
	try {
		const response = await fetch(path, {
			headers: { accept: 'application/json' },
			signal: AbortSignal.any
				? AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
				: AbortSignal.timeout(PATIENCE_MS) // Chrome 109: a late answer is thrown away by who asked
		});
		if (response.ok) {
			const at = Date.parse(response.headers.get('date') ?? '');
			const json = (await response.json()) as unknown;
			return { ok: true, json, ...(!Number.isNaN(at) && { at }) };
		}
		return { ok: false, why: response.status === 404 ? 'unknown' : 'trouble' };
	} catch {
		return { ok: false, why: 'network' };
	}
}

/** The curve of one number of one place. Never rejects. */
export function askCurve(
	o: { id: string; attribute: string; span: Span; now: number; slow: boolean },
	signal: AbortSignal
): Promise<Asked> {
	const { from, to, points } = question(o.span, o.now, o.slow);
	const query = new URLSearchParams({
		attribute: o.attribute,
		from: formatTime(from),
		to: formatTime(to),
		points: String(points)
	});
	return get(`/api/v1/entities/${o.id}/history?${query}`, signal);
}

/** Its usual week. */
export const askWeek = (id: string, attribute: string, signal: AbortSignal): Promise<Asked> =>
	get(`/api/v1/entities/${id}/typical?attribute=${attribute}`, signal);

/** Whether the history is late, and since when (ms) where the server tells; undefined where it is not, or nobody knows. */
export async function askLate(
	signal: AbortSignal
): Promise<{ since: number | undefined } | undefined> {
	const answer = await get('/readyz', signal);
	return answer.ok ? readLate(answer.json) : undefined;
}

/** The line of the history in an answer of `/readyz`. */
export function readLate(json: unknown): { since: number | undefined } | undefined {
	const { checks } = (json ?? {}) as { checks?: unknown };
	if (!Array.isArray(checks)) return undefined;
	const found = (checks as unknown[]).find(
		(check): check is { since?: unknown } =>
			typeof check === 'object' &&
			check !== null &&
			'name' in check &&
			check.name === 'history' &&
			'ok' in check &&
			check.ok === false
	);
	if (!found) return undefined;
	const since = typeof found.since === 'string' ? Date.parse(found.since) : NaN;
	return { since: Number.isNaN(since) ? undefined : since };
}

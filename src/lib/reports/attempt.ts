import * as v from 'valibot';
import { DEVICE_HEADER } from '../offline/device.ts';
import { toReport } from './draft.ts';
import type { Row, Sent } from './outbox-rows.ts';
import type { Outcome } from './send.ts';

/** Three photos over a bad line; a server that is silent that long will not answer. */
const ATTEMPT_MS = 120_000;
const LONGEST_WAIT_MS = 3_600_000;
/** A problem document is short; what is longer is something else. */
const MAX_ANSWER = 64 * 1024;

const acceptedSchema = v.object({
	id: v.string(),
	followToken: v.string(),
	url: v.pipe(
		v.string(),
		v.check((url) => URL.canParse(url, 'https://city.invalid'))
	)
});
const problemSchema = v.object({ code: v.string(), detail: v.optional(v.string(), '') });

/** These say « not now » of the way, not of the report. */
const LATER_CODES = new Set(['upload_incomplete', 'busy', 'too_many_requests']);

interface Deps {
	fetch: typeof globalThis.fetch;
	device: string;
	now: () => number;
}

/** Sends one row once and says what came of it. Resolves always, within `ATTEMPT_MS`. */
export async function attempt(row: Row, deps: Deps): Promise<Outcome> {
	const later = (status: number, code: string, waitMs = 0): Outcome => ({
		what: 'later',
		trouble: { at: deps.now(), status, code, detail: '' },
		waitMs,
		reached: status === 0 || status >= 500
	});
	let response: Response;
	let text: string;
	try {
		const signal = AbortSignal.timeout(ATTEMPT_MS);
		response = await deps.fetch(...request(row, deps.device, signal));
		text = (await response.text()).slice(0, MAX_ANSWER);
	} catch {
		return later(0, 'no_answer');
	}
	const { status } = response;
	const json = parsed(text);
	if (response.ok) {
		const sent = sentOf(row, json, deps.now());
		// A hotel's sign-in page answers 200 to everything: only the city's own words count.
		return sent ? { what: 'sent', sent } : later(0, 'not_the_city');
	}
	const problem = v.safeParse(problemSchema, json);
	const code = problem.success ? problem.output.code : '';
	const passing = status >= 500 || [408, 425, 429].includes(status) || LATER_CODES.has(code);
	if (passing || (!problem.success && status !== 413))
		return later(status, code, retryAfter(response.headers.get('retry-after'), deps.now()));
	const detail = problem.success ? problem.output.detail.slice(0, 300) : '';
	return { what: 'refused', trouble: { at: deps.now(), status, code, detail } };
}

function request(row: Row, device: string, signal: AbortSignal): [string, RequestInit] {
	const common = { method: 'POST', redirect: 'error', credentials: 'omit', signal } as const;
	if (row.kind === 'confirmation')
		return [
			`/api/v1/reports/${encodeURIComponent(row.target)}/confirmations`,
			{ ...common, headers: { [DEVICE_HEADER]: device } }
		];
	const body = new FormData();
	body.append('report', JSON.stringify(toReport(row.draft, row.createdAt)));
	for (const [at, photo] of row.draft.photos.entries())
		body.append('photo', new Blob([photo], { type: 'image/jpeg' }), `photo-${at + 1}.jpg`);
	return [
		'/api/v1/reports',
		{ ...common, headers: { 'Idempotency-Key': row.id, [DEVICE_HEADER]: device }, body }
	];
}

function sentOf(row: Row, json: unknown, now: number): Sent | undefined {
	const common = { id: row.id, kind: row.kind, createdAt: row.createdAt, sentAt: now };
	if (row.kind === 'confirmation')
		return typeof json === 'object' && json !== null
			? {
					...common,
					category: '',
					title: row.title,
					url: `/signalement/${row.target}`,
					followToken: ''
				}
			: undefined;
	const accepted = v.safeParse(acceptedSchema, json);
	if (!accepted.success || accepted.output.id !== row.id) return undefined;
	const { followToken, url } = accepted.output;
	const { category, description } = row.draft;
	return { ...common, category, title: description.slice(0, 80), url: here(url), followToken };
}

/** A path of this very site, whatever origin the city calls itself by. */
function here(url: string): string {
	const { pathname, search } = new URL(url, 'https://city.invalid');
	return pathname + search;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** `Retry-After` in ms, seconds or date (RFC 9110, 10.2.3); at most an hour, whatever it says. */
export function retryAfter(header: string | null, now: number): number {
	if (header === null) return 0;
	const text = header.trim();
	let ms = 0;
	if (/^\d+$/.test(text)) ms = Number(text) * 1000;
	// Engines read nearly anything as a date, « -5 » too.
	else if (text.endsWith('GMT')) ms = Date.parse(text) - now;
	return Number.isNaN(ms) ? 0 : Math.min(LONGEST_WAIT_MS, Math.max(0, ms));
}

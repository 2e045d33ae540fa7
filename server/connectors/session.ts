import { AppError, type ErrorCode } from '../../src/lib/errors.ts';
import { parseTime } from '../../src/lib/time.ts';
import { VERSION } from '../lifecycle.ts';
import type { PageOptions } from './format.ts';

export interface Limits {
	/** For one whole answer, body included. */
	timeoutMs: number;
	/** Of a body once uncompressed: it is counted as it comes and never held beyond this. */
	bodyBytes: number;
}

export const LIMITS: Limits = { timeoutMs: 15_000, bodyBytes: 20 * 1024 * 1024 };

/** A source failed; `retryAfterMs` is how long it asked to be left alone. */
export class SourceError extends AppError {
	readonly retryAfterMs: number;
	constructor(code: ErrorCode, detail: string, retryAfterMs = 0, options?: ErrorOptions) {
		super(code, detail, options);
		this.retryAfterMs = retryAfterMs;
	}

	/** Not the parent's test, which goes by name and would take every `AppError` for one of these. */
	static override [Symbol.hasInstance](value: unknown): boolean {
		return value instanceof AppError && 'retryAfterMs' in value;
	}
}

interface Kept {
	json: unknown;
	etag: string | null;
	modified: string | null;
	freshUntil: number;
}

interface Deps {
	fetch: typeof globalThis.fetch;
	clock: () => number;
	signal: AbortSignal;
	limits: Limits;
	/** Pages shared by all sources, by address. */
	shared: Map<string, { until: number; page: Promise<unknown> }>;
}

const MAX_KEPT = 64; // pages of one source kept for a 304: its files, or the pages of its list
const MAX_REDIRECTS = 3;
const MAX_AGE_MS = 3_600_000; // a live feed that claims to be valid for a year is asked again within the hour

/** One source's conversation with its server: what was last answered, and how to ask whether it changed. */
export class Session {
	/** What `Cache-Control` of the last live answer allows, ms. */
	maxAgeMs = 0;
	#deps: Deps;
	#kept = new Map<string, Kept>();

	constructor(deps: Deps) {
		this.#deps = deps;
	}

	/** After a failure everything is asked again: an address list kept from before may be what failed. */
	forget(): void {
		for (const kept of this.#kept.values()) kept.freshUntil = 0;
	}

	/**
	 * The JSON at an address, from memory where the server says it has not changed. Rejects `source_timeout`,
	 * `source_unreachable`, `source_status`, `source_too_large` or `source_unreadable`.
	 */
	async page(address: string, { keepMs = 0, shared = false }: PageOptions = {}): Promise<unknown> {
		const now = this.#deps.clock();
		if (!shared) return this.#ask(address, keepMs);
		const known = this.#deps.shared.get(address);
		if (known && known.until > now) return known.page;
		const page = this.#ask(address, keepMs);
		this.#deps.shared.set(address, { until: now + keepMs, page });
		page.catch(() => this.#deps.shared.delete(address));
		return page;
	}

	async #ask(address: string, keepMs: number): Promise<unknown> {
		const { clock, signal, limits } = this.#deps;
		const kept = this.#kept.get(address);
		if (kept && kept.freshUntil > clock()) return kept.json;
		const timeout = AbortSignal.timeout(limits.timeoutMs);
		try {
			const response = await this.#follow(address, kept, AbortSignal.any([signal, timeout]));
			if (keepMs === 0) this.maxAgeMs = maxAge(response.headers.get('cache-control'));
			if (response.status === 304 && kept) {
				await response.body?.cancel();
				kept.freshUntil = clock() + keepMs;
				return kept.json;
			}
			const text = await readBody(response, limits.bodyBytes);
			if (!response.ok) throw refusal(response, text, clock());
			const json = readJson(text);
			this.#keep(address, {
				json,
				etag: response.headers.get('etag'),
				modified: response.headers.get('last-modified'),
				freshUntil: clock() + keepMs
			});
			return json;
		} catch (error) {
			throw signal.aborted || error instanceof AppError ? error : failure(error, timeout, limits);
		}
	}

	#keep(address: string, kept: Kept): void {
		if (!kept.etag && !kept.modified && kept.freshUntil <= this.#deps.clock()) return;
		this.#kept.delete(address);
		this.#kept.set(address, kept);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
	}

	/** Follows redirections itself: only to http and https, and never from https back to http. */
	async #follow(address: string, kept: Kept | undefined, signal: AbortSignal): Promise<Response> {
		let url = new URL(address);
		for (let i = 0; i <= MAX_REDIRECTS; i++) {
			const response = await this.#deps.fetch(url, {
				signal,
				redirect: 'manual',
				headers: {
					accept: 'application/json, application/geo+json;q=0.9, */*;q=0.1',
					'user-agent': `capitoul/${VERSION}`,
					...(kept?.etag && { 'if-none-match': kept.etag }),
					...(kept?.modified && { 'if-modified-since': kept.modified })
				}
			});
			const location = response.headers.get('location');
			if (response.status < 300 || response.status === 304 || response.status > 399 || !location)
				return response;
			await response.body?.cancel();
			const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
			const kind = next?.protocol;
			if (!next || (kind !== 'https:' && (kind !== 'http:' || url.protocol === 'https:')))
				throw new SourceError(
					'source_status',
					`${response.status}: sent elsewhere than http or https`
				);
			url = next;
		}
		throw new SourceError('source_status', `more than ${MAX_REDIRECTS} redirections`);
	}
}

async function readBody(response: Response, cap: number): Promise<string> {
	const tooLarge = () =>
		new SourceError('source_too_large', `the answer is larger than ${cap >> 20} MB`);
	if (!response.body) return '';
	if (Number(response.headers.get('content-length')) > cap) {
		await response.body.cancel();
		throw tooLarge();
	}
	const decoder = new TextDecoder(); // takes a byte order mark away
	let size = 0;
	let text = '';
	// Leaving the loop by an error cancels the rest of the body.
	for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
		size += chunk.byteLength;
		if (size > cap) throw tooLarge();
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

/** A 200 is no proof: an export can break halfway, a proxy can answer with a page of its own. */
function readJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		const interrupted = /Streaming interrupted[^\n]*/.exec(text.slice(-2_000))?.[0];
		const what = interrupted
			? words(interrupted)
			: /^\s*</.test(text)
				? 'a page of HTML or XML instead of JSON'
				: text.trim() === ''
					? 'an empty answer'
					: `JSON that breaks off or is malformed (${text.length} characters)`;
		throw new SourceError('source_unreadable', what, 0, { cause });
	}
}

/** A status other than 2xx, with the reason the server gives in one of the shapes known here. */
function refusal(response: Response, text: string, now: number): SourceError {
	let body: Record<string, unknown> = {};
	try {
		body = { ...(JSON.parse(text) as object) };
	} catch {
		// Not every refusal has words.
	}
	const reason = [body['error_code'] ?? body['errorcode'], body['message'] ?? body['error']]
		.filter((part) => typeof part === 'string' || typeof part === 'number')
		.join(' ');
	// A portal's daily quota has no Retry-After, only the time at which it starts anew.
	const reset = typeof body['reset_time'] === 'string' ? parseTime(body['reset_time']) : undefined;
	const asked =
		retryAfter(response.headers.get('retry-after'), now) ?? Math.max(0, (reset ?? now) - now);
	const detail = `${response.status}${reason ? `: ${words(reason)}` : ''}`;
	return new SourceError('source_status', detail, asked);
}

function failure(error: unknown, timeout: AbortSignal, limits: Limits): SourceError {
	if (timeout.aborted)
		return new SourceError(
			'source_timeout',
			`no whole answer within ${limits.timeoutMs / 1000} s`,
			0,
			{
				cause: error
			}
		);
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
	return new SourceError('source_unreachable', words(code || String(cause)), 0, { cause: error });
}

/** Milliseconds of a `Retry-After`: seconds, or an HTTP date. */
function retryAfter(header: string | null, now: number): number | undefined {
	if (header === null) return undefined;
	if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function maxAge(header: string | null): number {
	const seconds = /(?:^|[,\s])max-age=(\d+)/i.exec(header ?? '')?.[1];
	return Math.min(Number(seconds ?? 0) * 1000, MAX_AGE_MS);
}

/** A stranger's words, short enough for a status line and without control characters. */
function words(text: string): string {
	return text
		.replace(/\p{Cc}+/gu, ' ')
		.trim()
		.slice(0, 200);
}

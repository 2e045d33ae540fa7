import type { Answer } from './transport.ts';

/** What follows from an answer of a push service, or from none. */
export type Outcome =
	/** It has it: nothing is left to do. */
	| { kind: 'sent' }
	/** The subscription is no more. */
	| { kind: 'gone' }
	/** Our key is not the one it was made with: the app must subscribe again. */
	| { kind: 'refused' }
	/** To be tried again, at the earliest then (ms); `hold`: nothing else is sent to that service before. */
	| { kind: 'later'; at: number; hold: boolean }
	/** It will never be taken, or was tried often enough. */
	| { kind: 'dropped'; why: string };

const SECOND = 1000;
/** Pauses after the first, second … failure: over an hour and a half in all. */
const PAUSES = [5, 30, 120, 600, 1_800, 3_600].map((seconds) => seconds * SECOND);
const RETRY_AFTER_S = 60;
/** A service that asks for more is asked again then all the same: it may have meant it for a moment. */
const MAX_RETRY_AFTER_S = 3_600;

/** Judges an answer; `attempts` is how often it failed before this time. */
export function outcomeOf(answer: Answer | Error, attempts: number, now: number): Outcome {
	if (answer instanceof Error) return again(attempts, now, answer.message);
	const { status, retryAfter } = answer;
	if (status >= 200 && status < 300) return { kind: 'sent' };
	if (status === 404 || status === 410) return { kind: 'gone' };
	if (status === 401 || status === 403) return { kind: 'refused' };
	if (status === 429) return { kind: 'later', at: now + pause(retryAfter, now), hold: true };
	if (status >= 500) return again(attempts, now, `status ${status}`);
	// 413, 400, and a redirect, which is never followed.
	return { kind: 'dropped', why: `status ${status}` };
}

function again(attempts: number, now: number, why: string): Outcome {
	const wait = PAUSES[attempts];
	return wait === undefined
		? { kind: 'dropped', why }
		: { kind: 'later', at: now + wait, hold: false };
}

/** `Retry-After` in ms: seconds or a date (RFC 9110, 10.2.3); a minute where it says nothing one can read. */
function pause(retryAfter: string | undefined, now: number): number {
	const seconds = /^\d{1,9}$/.test(retryAfter ?? '')
		? Number(retryAfter)
		: (Date.parse(retryAfter ?? '') - now) / SECOND;
	const usable = Number.isFinite(seconds) && seconds >= 0 ? seconds : RETRY_AFTER_S;
	return Math.min(MAX_RETRY_AFTER_S, Math.max(1, usable)) * SECOND;
}

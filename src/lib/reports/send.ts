import type { Row, Rows, Sent, Trouble } from './outbox-rows.ts';

/** What became of one attempt. */
export type Outcome =
	| { what: 'sent'; sent: Sent }
	/** The server will never take it as it is. */
	| { what: 'refused'; trouble: Trouble }
	/** Not now. `reached`: whether the server may have taken it all the same. */
	| { what: 'later'; trouble: Trouble; waitMs: number; reached: boolean };

export interface Sending {
	rows: Rows;
	/** One attempt; resolves always, within a bounded time. */
	attempt: (row: Row) => Promise<Outcome>;
	/** False only where the phone is sure to have no network: then nothing is tried. */
	online: () => boolean;
	now: () => number;
	random: () => number;
	/** The queue changed. */
	changed: () => void;
}

const FIRST_MS = 2_000;
const LONGEST_MS = 15 * 60_000;
/** From here on a report whose own contents break the server no longer holds up those behind it. */
const STEP_ASIDE = 3;

/** The pause after the n-th failure in a row: doubled each time, at most a quarter of an hour, never the same for two phones. */
export function pause(attempts: number, random: () => number): number {
	const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 20));
	return most / 2 + (random() * most) / 2;
}

/**
 * Sends what waits, one at a time, in order; stops at the first that cannot leave now. `eager` (the network is back, the
 * app was opened, the person asked) passes over our own pauses, never over one the server asked for. Returns when to come
 * back (ms), or undefined where nothing waits any more. The caller holds the lock: there is one sender.
 */
export async function sendAll(deps: Sending, eager: boolean): Promise<number | undefined> {
	const { rows, now, random } = deps;
	await rows.recover();
	deps.changed();
	const aside = new Set<string>();
	let back: number | undefined;
	const comeBack = (at: number) => (back = Math.min(back ?? Infinity, at));
	for (;;) {
		const row = (await rows.waiting()).find(({ id }) => !aside.has(id));
		if (!row) return back;
		const at = eager ? row.notBefore : Math.max(row.notBefore, row.nextAt);
		if (at > now()) {
			comeBack(at);
			if (!broken(row)) return back;
			aside.add(row.id);
			continue;
		}
		if (!deps.online()) return comeBack(now() + LONGEST_MS);
		const claimed = await rows.claim(row.id);
		if (!claimed) continue; // taken back by the person this very moment
		deps.changed();
		const outcome = await deps.attempt(claimed);
		if (outcome.what === 'sent') await rows.done(row.id, outcome.sent);
		else if (outcome.what === 'refused')
			await rows.put(row.id, { state: 'refused', trouble: outcome.trouble });
		else {
			const { trouble, waitMs, reached } = outcome;
			const nextAt = now() + Math.max(waitMs, pause(claimed.attempts, random));
			await rows.put(row.id, {
				state: 'waiting',
				trouble,
				nextAt,
				notBefore: waitMs > 0 ? now() + waitMs : 0,
				maybeSent: claimed.maybeSent || reached
			});
			deps.changed();
			comeBack(nextAt);
			if (!broken({ ...claimed, trouble })) return back;
			aside.add(row.id);
			continue;
		}
		deps.changed();
	}
}

/** The server fails at this one again and again: the fault is likely in it, not in the network. */
const broken = ({ attempts, trouble }: Pick<Row, 'attempts' | 'trouble'>) =>
	trouble?.status === 500 && attempts >= STEP_ASIDE;

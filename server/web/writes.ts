import { HOUR, Limits, type LimitRule } from '../limits/limits.ts';

/** Far above what a school or a phone network behind one address sends; what each kind of write costs has limits of its own. */
const WRITES: LimitRule = { points: 3_000, duration: HOUR };

/** What comes with a credential is counted under it: devices by the broker's door, partners by their key. */
const KEYED = /^\/(api\/v1\/raw|open311)\//;

/**
 * Counts what an address writes without a credential: rules, subscriptions, reports, acts, forms. Resolves with nothing, or
 * rejects `too_many_requests` with the time to wait. `target` is that of the request.
 */
export type WriteLimit = (target: string | undefined, address: string) => Promise<void>;

export function writeLimit(clock: () => number = Date.now, writes = WRITES): WriteLimit {
	const limits = new Limits({ writes }, clock);
	return async (target = '/', address) => {
		// Read as the routes read it: « /api/v1/raw/../push » is no way around.
		if (!KEYED.test(pathOf(target))) await limits.take('writes', address);
	};
}

const pathOf = (target: string): string =>
	URL.canParse(target, 'http://localhost') ? new URL(target, 'http://localhost').pathname : '';

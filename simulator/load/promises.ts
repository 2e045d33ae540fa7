/** What one step measured; a figure nobody measured is absent. Times in ms. */
export interface Measured {
	/** Readings a second that were wanted, and sent. */
	wanted: number;
	sent: number;
	acknowledged: number;
	/** Of the acknowledged, those not in InfluxDB at the end, however long one waits (bounded). */
	missing: number;
	/** How long after the last reading all were there. */
	drainMs: number;
	phones: number;
	phonesOpen: number;
	deliveries: number;
	queries: number;
	queryErrors: number;
	puback?: number;
	queryable?: number;
	quiet?: number;
	frames?: number;
	history?: number;
}

/** The promises in the order they are told, each with its limit in ms (0: none may be). */
export const PROMISES = {
	stored: { limit: 0, words: 'every acknowledged reading stored' },
	queryable: { limit: 1_500, words: 'reading queryable over HTTP, p99' },
	quiet: { limit: 250, words: 'reading to phone in a quiet cell, p99' },
	frames: { limit: 250, words: 'published frame to phone, p99' },
	puback: { limit: 1_000, words: 'PUBACK, p99' },
	history: { limit: 50, words: '24 h of a sensor over HTTP, p95' },
	phones: { limit: 0, words: 'every phone connected' },
	answers: { limit: 0, words: 'every query answered' },
	pace: { limit: 0, words: 'the devices sent at the rate asked for' }
} as const;

export type PromiseName = keyof typeof PROMISES;

/** Devices that cannot send because nothing is acknowledged slow down: this share of the rate must be sent. */
const PACE = 0.97;

/** The promises a step broke. A figure that should be there and is not is a broken promise. */
export function broken(found: Measured, asked: readonly PromiseName[]): PromiseName[] {
	const late = (name: 'puback' | 'queryable' | 'quiet' | 'frames' | 'history') => {
		const value = found[name];
		return value === undefined || !(value <= PROMISES[name].limit);
	};
	const is: Record<PromiseName, () => boolean> = {
		stored: () => found.missing > 0,
		queryable: () => late('queryable'),
		quiet: () => late('quiet'),
		frames: () => late('frames'),
		puback: () => late('puback'),
		history: () => late('history'),
		phones: () => found.phonesOpen < found.phones,
		answers: () => found.queryErrors > 0,
		pace: () => found.sent < found.wanted * PACE
	};
	return asked.filter((name) => is[name]());
}

/** The value below which a share of the sorted or unsorted values lies; undefined where there are none. */
export function quantile(values: readonly number[], share: number): number | undefined {
	if (values.length === 0) return undefined;
	const sorted = Float64Array.from(values).sort();
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

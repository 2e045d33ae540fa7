import { DAY, HOUR, Limits } from '../limits/limits.ts';

/** Generous: a whole phone network may stand behind one address. What arrives is not public before it is checked. */
const RULES = {
	reports: { points: 300, duration: HOUR },
	/** Reports under one key of Open311: another city's whole site. */
	partners: { points: 5_000, duration: HOUR },
	/** Bytes of photos, in KiB. */
	photos: { points: 1024 * 1024, duration: DAY },
	/** Confirmations, contests, notices of abuse, follows. */
	marks: { points: 300, duration: HOUR },
	/** Follow links and keys that open nothing. */
	guesses: { points: 60, duration: HOUR }
} as const;

export type Limit = keyof typeof RULES;

export const reportLimits = (clock: () => number) => new Limits(RULES, clock);

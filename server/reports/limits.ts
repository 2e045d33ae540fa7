import { createHmac, randomBytes } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../src/lib/errors.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

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

/**
 * Counts by address without keeping one: the key is a print with a salt that lives in this process's memory and changes
 * each day, so that yesterday's counts belong to nobody any more.
 */
export class Limits {
	readonly #clock: () => number;
	#salt = randomBytes(32);
	#day: number;
	readonly #limiters = Object.fromEntries(
		Object.entries(RULES).map(([name, rule]) => [
			name,
			new RateLimiterMemory({ ...rule, keyPrefix: name })
		])
	) as Record<Limit, RateLimiterMemory>;

	constructor(clock: () => number) {
		this.#clock = clock;
		this.#day = Math.floor(clock() / (DAY * 1000));
	}

	#key(address: string): string {
		const today = Math.floor(this.#clock() / (DAY * 1000));
		if (today !== this.#day) {
			this.#day = today;
			this.#salt = randomBytes(32);
		}
		return createHmac('sha256', this.#salt).update(address).digest('base64url');
	}

	/** Throws `too_many_requests`, with the time to wait, where this address has used up its share. Counts nothing. */
	async check(limit: Limit, address: string): Promise<void> {
		const used = await this.#limiters[limit].get(this.#key(address));
		if (used && used.consumedPoints >= RULES[limit].points) throw tooMany(used);
	}

	/** Counts `points` of this address. */
	async count(limit: Limit, address: string, points = 1): Promise<void> {
		await this.#limiters[limit].consume(this.#key(address), points).catch((refused: unknown) => {
			if (!(refused instanceof RateLimiterRes)) throw refused;
		});
	}
}

const tooMany = ({ msBeforeNext }: RateLimiterRes) =>
	new AppError('too_many_requests', undefined, {
		retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1000))
	});

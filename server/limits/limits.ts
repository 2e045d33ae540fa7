import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../src/lib/errors.ts';
import { network } from './network.ts';

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

/** So many points in so many seconds. */
export interface LimitRule {
	points: number;
	duration: number;
}

/** Networks counted at once under one rule: some 10 MB. Whoever has more of them is not stopped by counting them. */
const MAX_COUNTED = 20_000;

/**
 * Counts by address, in IPv6 by network, without keeping one: the key is a print with a salt that lives in this process's
 * memory and changes each day, so that yesterday's counts belong to nobody any more.
 */
export class Limits<Name extends string> {
	readonly #clock: () => number;
	readonly #rules: Readonly<Record<Name, LimitRule>>;
	readonly #limiters: ReadonlyMap<Name, Counted>;
	#salt = randomBytes(32);
	#day: number;

	constructor(
		rules: Readonly<Record<Name, LimitRule>>,
		clock: () => number,
		maxCounted = MAX_COUNTED
	) {
		this.#clock = clock;
		this.#rules = rules;
		this.#day = Math.floor(clock() / (DAY * 1000));
		this.#limiters = new Map(
			(Object.keys(rules) as Name[]).map((name) => [name, new Counted(rules[name], maxCounted)])
		);
	}

	#key(address: string): string {
		const today = Math.floor(this.#clock() / (DAY * 1000));
		if (today !== this.#day) {
			this.#day = today;
			this.#salt = randomBytes(32);
		}
		const who = isIP(address) === 0 ? address : network(address);
		return createHmac('sha256', this.#salt).update(who).digest('base64url');
	}

	/** Throws `too_many_requests`, with the time to wait, where this address has used up its share. Counts nothing. */
	async check(limit: Name, address: string): Promise<void> {
		const used = await this.#limiters.get(limit)?.get(this.#key(address));
		if (used && used.consumedPoints >= this.#rules[limit].points) throw tooMany(used);
	}

	/** Counts `points` of this address. */
	async count(limit: Name, address: string, points = 1): Promise<void> {
		await this.#limiters.get(limit)?.consume(this.#key(address), points);
	}

	/** Counts one, and throws `too_many_requests` where that is one too many. */
	async take(limit: Name, address: string): Promise<void> {
		const refused = await this.#limiters.get(limit)?.consume(this.#key(address), 1);
		if (refused) throw tooMany(refused);
	}
}

/** One rule's counts; above their number the oldest are forgotten. */
class Counted {
	readonly #limiter: RateLimiterMemory;
	readonly #max: number;
	readonly #keys = new Set<string>();

	constructor(rule: LimitRule, max: number) {
		this.#limiter = new RateLimiterMemory(rule);
		this.#max = max;
	}

	get(key: string): Promise<RateLimiterRes | null> {
		return this.#limiter.get(key);
	}

	/** Counts, and answers how much too much that is, if it is. */
	async consume(key: string, points: number): Promise<RateLimiterRes | undefined> {
		this.#keys.add(key);
		if (this.#keys.size > this.#max) {
			const [oldest = ''] = this.#keys;
			this.#keys.delete(oldest);
			await this.#limiter.delete(oldest);
		}
		try {
			await this.#limiter.consume(key, points);
			return undefined;
		} catch (refused) {
			if (refused instanceof RateLimiterRes) return refused;
			throw refused;
		}
	}
}

function tooMany({ msBeforeNext }: RateLimiterRes): AppError {
	const retryAfter = Math.max(1, Math.ceil(msBeforeNext / 1000));
	const minutes = Math.ceil(retryAfter / 60);
	return new AppError(
		'too_many_requests',
		`your network has sent more than its share, and nothing of this was kept: try again in ${minutes} min`,
		{ retryAfter }
	);
}

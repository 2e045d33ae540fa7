/** How durations, or ages, are spread: seconds, by upper bound, as Prometheus' histograms count them. */
export interface Spread {
	/** Upper bounds, rising, without infinity. */
	readonly bounds: readonly number[];
	/** How many were at most the bound of the same place; those above the last are in `count` only. */
	cumulative(): number[];
	readonly count: number;
	readonly sum: number;
}

/**
 * Counts durations by bucket. Nothing but two additions and a short search for each, so that every reading and every
 * frame can be counted, not a sample of them.
 */
export class Durations implements Spread {
	readonly bounds: readonly number[];
	count = 0;
	sum = 0;
	#in: number[];

	constructor(bounds: readonly number[]) {
		this.bounds = bounds;
		this.#in = bounds.map(() => 0);
	}

	/** A clock that is ahead gives ages below zero: they count as none. */
	add(seconds: number): void {
		const value = Math.max(0, seconds);
		this.count++;
		this.sum += value;
		const at = this.bounds.findIndex((bound) => value <= bound);
		if (at >= 0) this.#in[at] = (this.#in[at] ?? 0) + 1;
	}

	cumulative(): number[] {
		let total = 0;
		return this.#in.map((n) => (total += n));
	}
}

/** One `Durations` for each name met; the names are ours (layers), so they are few. */
export class DurationsBy {
	readonly all = new Map<string, Durations>();
	#bounds: readonly number[];

	constructor(bounds: readonly number[]) {
		this.#bounds = bounds;
	}

	add(name: string, seconds: number): void {
		let durations = this.all.get(name);
		if (!durations) this.all.set(name, (durations = new Durations(this.#bounds)));
		durations.add(seconds);
	}
}

/** What happens inside our walls: a commit, a frame. The budgets (250 ms, 2 s) are bounds, so that a rule can name them. */
export const WORK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10] as const;

/** Ages of readings: from a device that speaks at once to a feed of hourly means. */
export const AGE_SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 10_800] as const;

/** One histogram in Prometheus' text: buckets that rise up to `+Inf`, sum and count, for each set of labels. */
export function histogramText(
	name: string,
	help: string,
	found: readonly { labels?: Readonly<Record<string, string>>; spread: Spread }[]
): string {
	const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
	for (const { labels = {}, spread } of found) {
		const line = (what: string, more: Record<string, string>, value: number) => {
			const all = Object.entries({ ...labels, ...more }).map(([k, v]) => `${k}="${quoted(v)}"`);
			lines.push(`${name}_${what}${all.length > 0 ? `{${all.join(',')}}` : ''} ${value}`);
		};
		spread
			.cumulative()
			.forEach((n, i) => line('bucket', { le: String(spread.bounds[i] ?? '') }, n));
		line('bucket', { le: '+Inf' }, spread.count);
		line('sum', {}, spread.sum);
		line('count', {}, spread.count);
	}
	return lines.join('\n');
}

const quoted = (value: string) =>
	value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');

import { keepCurve, keptCurve, type KeptCurve } from '../offline/shelf.ts';
import { askCurve, askLate, askWeek, type Asked } from './ask.ts';
import { readCurve, readWeek, type Curve, type Week } from './curve.ts';
import type { Span } from './span.ts';

/** What stands in the place of a curve while there is none. */
export type Lack = 'loading' | 'empty' | 'offline' | 'failed';

/** What it asks; tests give their own. */
export interface HistoryPorts {
	curve: typeof askCurve;
	week: typeof askWeek;
	late: typeof askLate;
	kept: (key: string) => Promise<KeptCurve | undefined>;
	keep: (kept: KeptCurve) => Promise<void>;
}

const ports: HistoryPorts = {
	curve: askCurve,
	week: askWeek,
	late: askLate,
	kept: keptCurve,
	keep: keepCurve
};

export interface Choice {
	id: string;
	attribute: string;
	span: Span;
	/** Readings of this number come by the hour. */
	slow: boolean;
}

/**
 * The curve on screen. A former answer, from this visit or from the phone's memory, stands until the server's comes; the
 * answer that comes late, for what is no longer chosen, is thrown away.
 */
export class PlaceHistory {
	curve = $state.raw<Curve | undefined>();
	week = $state.raw<Week | undefined>();
	/** When the server said what is shown (ms). */
	savedAt = $state<number | undefined>();
	/** It could not be asked again since. */
	stale = $state(false);
	lack = $state<Lack>('loading');
	/** The history is late, since when if known. */
	late = $state.raw<{ since: number | undefined } | undefined>();

	#ports: HistoryPorts;
	#now: () => number;
	#choice: Choice | undefined;
	#asking: AbortController | undefined;
	#seen: Record<string, KeptCurve> = {};

	constructor(now: () => number, own: HistoryPorts = ports) {
		this.#now = now;
		this.#ports = own;
	}

	/** Shows another curve: what is known of it at once, then what the server says. Never rejects. */
	async choose(choice: Choice): Promise<void> {
		this.#choice = choice;
		this.#asking?.abort();
		const { signal } = (this.#asking = new AbortController());
		const key = keyOf(choice);
		const seen = this.#seen[key];
		if (seen) this.#show(seen);
		else {
			this.curve = this.week = this.savedAt = undefined;
			this.lack = 'loading';
		}
		const asked = this.#ask(choice, signal);
		if (!seen) {
			const kept = await this.#ports.kept(key);
			if (kept && !signal.aborted && !this.#seen[key]) this.#show(kept);
		}
		await asked;
	}

	/** Asks the server again for what is shown. */
	async refresh(): Promise<void> {
		if (this.#choice) await this.choose(this.#choice);
	}

	close(): void {
		this.#asking?.abort();
	}

	async #ask(choice: Choice, signal: AbortSignal): Promise<void> {
		const now = this.#now();
		const none: Asked = { ok: false, why: 'unknown' };
		const [curve, week, late] = await Promise.all([
			this.#ports.curve({ ...choice, now }, signal),
			choice.span === 'day' ? this.#ports.week(choice.id, choice.attribute, signal) : none,
			this.#ports.late(signal)
		]);
		if (signal.aborted) return;
		this.late = late;
		if (!curve.ok) {
			if (curve.why === 'trouble') this.late ??= { since: undefined };
			// Nothing was ever recorded of it: as empty as an empty curve.
			this.lack = { network: 'offline', trouble: 'failed', unknown: 'empty' }[curve.why] as Lack;
			this.stale = true;
			return;
		}
		const key = keyOf(choice);
		const answer: KeptCurve = {
			key,
			savedAt: Math.min(now, curve.at ?? now),
			curve: curve.json,
			week: week.ok ? week.json : this.#seen[key]?.week
		};
		this.#seen[key] = answer;
		this.#show(answer);
		this.stale = false;
		await this.#ports.keep(answer);
	}

	#show({ curve, week, savedAt }: KeptCurve): void {
		const read = readCurve(curve);
		this.curve = read?.n.some((n) => n > 0) ? read : undefined;
		this.week = readWeek(week);
		this.lack = read ? 'empty' : 'failed';
		this.savedAt = savedAt;
	}
}

const keyOf = ({ id, attribute, span }: Choice) => `${id} ${attribute} ${span}`;

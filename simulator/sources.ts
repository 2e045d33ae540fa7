import * as v from 'valibot';
import { parseTime } from '../src/lib/time.ts';

const statusSchema = v.object({
	up: v.boolean(),
	t: v.optional(v.string()),
	sources: v.optional(
		v.array(
			v.object({
				id: v.string(),
				layer: v.string(),
				ok: v.optional(v.boolean()),
				lastSuccess: v.optional(v.nullable(v.string()))
			})
		),
		[]
	)
});

const DOWN_AFTER_MS = 15_000; // CONTRACT 2: a status this old means down, whatever it says

/** What the feeds of each layer have done so far in this run, learnt from the status of the connectors. */
export class Sources {
	/** Per layer, the sources we wait for, and whether each has failed. */
	#failed = new Map<string, Map<string, boolean>>();
	#answered = new Set<string>();

	constructor(sources: readonly { id: string; layer: string }[]) {
		for (const { id, layer } of sources) this.#of(layer).set(id, false);
	}

	/** Takes the payload of a `service/…/status`; one that is no status of a live service says nothing. */
	take(payload: Buffer, now: number): void {
		let json: unknown;
		try {
			json = JSON.parse(payload.toString('utf8'));
		} catch {
			return;
		}
		const status = v.safeParse(statusSchema, json);
		if (!status.success || !status.output.up) return;
		const said = parseTime(status.output.t ?? '');
		if (said === undefined || now - said > DOWN_AFTER_MS) return;
		for (const { id, layer, ok, lastSuccess } of status.output.sources) {
			// A source that fails now but has answered before is a real feed gone quiet: never replaced.
			if (ok === true || typeof lastSuccess === 'string') this.#answered.add(layer);
			else if (ok === false) this.#of(layer).set(id, true);
		}
	}

	/** Whether the layer has no source at all. */
	none(layer: string): boolean {
		return this.#of(layer).size === 0;
	}

	/** Whether one of the layer's sources has given a real answer. */
	answered(layer: string): boolean {
		return this.#answered.has(layer);
	}

	/** Whether every source of the layer has failed. */
	allFailed(layer: string): boolean {
		const sources = this.#of(layer);
		return sources.size > 0 && [...sources.values()].every(Boolean);
	}

	#of(layer: string): Map<string, boolean> {
		const known = this.#failed.get(layer);
		if (known) return known;
		const sources = new Map<string, boolean>();
		this.#failed.set(layer, sources);
		return sources;
	}
}

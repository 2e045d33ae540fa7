import type { Frame } from './frame.ts';

/** The last frame of each cell: what tells who left it, and what to apply to places that become known after it. */
export class CellFrames {
	#last = new Map<string, Frame>();
	#members = new Map<string, ReadonlySet<string>>();
	/** The cell each id was last seen in. */
	#cellOf = new Map<string, string>();

	/** Takes the new frame of `cell` and returns the ids that are gone with it. */
	take(cell: string, frame: Frame): string[] {
		const members = new Set(frame.entries.keys());
		const gone: string[] = [];
		for (const id of members) this.#cellOf.set(id, cell);
		for (const id of this.#members.get(cell) ?? []) {
			if (members.has(id)) continue;
			// A frame that says there is more names not all of its cell.
			if (frame.more) members.add(id);
			// Otherwise it left, unless another cell showed it since: then it only moved.
			else if (this.#cellOf.get(id) === cell) {
				this.#cellOf.delete(id);
				gone.push(id);
			}
		}
		this.#last.set(cell, frame);
		this.#members.set(cell, members);
		return gone;
	}

	forget(id: string): void {
		this.#cellOf.delete(id);
	}

	all(): Iterable<Frame> {
		return this.#last.values();
	}
}

/** Those of `known` that are not in `present`. */
export function missing(known: Iterable<string>, present: Iterable<string>): string[] {
	const here = new Set(present);
	return [...known].filter((id) => !here.has(id));
}

import { distance, type Position } from '../geo.ts';

interface Placed {
	readonly id: string;
	readonly location: Position | undefined;
}

/** Nearest first; what has no position last; ties by id, so that the server and the phone agree. */
export function byDistance<T extends Placed>(places: readonly T[], from: Position): T[] {
	const far = new Map(
		places.map((place) => [place, place.location ? distance(from, place.location) : Infinity])
	);
	const metres = (place: T) => far.get(place) ?? Infinity;
	return [...places].sort((a, b) => {
		const gap = metres(a) - metres(b);
		return gap < 0 || gap > 0 ? gap : a.id < b.id ? -1 : 1;
	});
}

/**
 * A list that does not move under a finger. `arrange` sorts afresh only when `because` (what the person last asked for)
 * is not what it was; otherwise those known keep their order, those gone leave, those new go to the end.
 */
export class FrozenOrder<T extends Placed> {
	#because: unknown = Symbol('nothing yet');
	#arranged: readonly T[] = [];

	arrange(places: readonly T[], from: Position, because: unknown): readonly T[] {
		const arranged =
			because === this.#because ? this.#follow(places, from) : byDistance(places, from);
		this.#because = because;
		// The very same list where nothing moved: whoever draws it has nothing to draw again.
		if (!sameOrder(arranged, this.#arranged)) this.#arranged = arranged;
		return this.#arranged;
	}

	#follow(places: readonly T[], from: Position): readonly T[] {
		const left = new Map(places.map((place) => [place.id, place]));
		const known: T[] = [];
		for (const { id } of this.#arranged) {
			const place = left.get(id);
			if (place) known.push(place);
			left.delete(id);
		}
		return [...known, ...byDistance([...left.values()], from)];
	}
}

const sameOrder = <T>(a: readonly T[], b: readonly T[]) =>
	a.length === b.length && a.every((one, index) => one === b[index]);

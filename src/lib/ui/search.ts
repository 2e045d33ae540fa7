import type { Position } from '../geo.ts';

/** A place of the bundled pack (`/city/{city}/places.json`): a metro station, a square, a park. */
export interface Landmark {
	name: string;
	kind: string;
	line?: string;
	location: Position;
}

export type Result =
	| { kind: 'entity'; id: string; name: string; layer: string }
	| { kind: 'landmark'; name: string; landmark: Landmark };

/** How many results are worth reading on a phone in the street. */
export const MAX_RESULTS = 12;

/** Letters as one types them in a hurry: no accents, no case, no punctuation. */
export function fold(text: string): string {
	return text
		.normalize('NFD')
		.replace(/\p{M}+/gu, '')
		.toLowerCase()
		.replaceAll('œ', 'oe')
		.replace(/[^a-z0-9]+/g, ' ')
		.trim();
}

/** Undefined: not this one. Else lower is better: the whole name, its start, the start of a word, somewhere inside. */
function rank(name: string, query: string): number | undefined {
	const folded = fold(name);
	if (folded === query) return 0;
	if (folded.startsWith(query)) return 1;
	const padded = ` ${folded}`;
	const words = query.split(' ');
	if (words.every((word) => padded.includes(` ${word}`))) return 2;
	return words.every((word) => folded.includes(word)) ? 3 : undefined;
}

/**
 * Finds places by name: accents, case and punctuation do not count, every word typed must be there, those that begin so
 * come first, then landmarks (where one wants to go) before sensors, then the alphabet. At most `MAX_RESULTS`.
 */
export function search(
	text: string,
	landmarks: Iterable<Landmark>,
	entities: Iterable<{ id: string; name: string | undefined; layer: string }>
): Result[] {
	const query = fold(text);
	if (query === '') return [];
	const found: { rank: number; result: Result }[] = [];
	for (const landmark of landmarks) {
		const at = rank(landmark.name, query);
		if (at !== undefined)
			found.push({ rank: at, result: { kind: 'landmark', name: landmark.name, landmark } });
	}
	for (const { id, name, layer } of entities) {
		const at = name === undefined ? undefined : rank(name, query);
		if (at !== undefined && name !== undefined)
			found.push({ rank: at, result: { kind: 'entity', id, name, layer } });
	}
	const order = ({ result }: { result: Result }) => (result.kind === 'landmark' ? 0 : 1);
	return found
		.sort(
			(a, b) =>
				a.rank - b.rank || order(a) - order(b) || a.result.name.localeCompare(b.result.name, 'fr')
		)
		.slice(0, MAX_RESULTS)
		.map(({ result }) => result);
}

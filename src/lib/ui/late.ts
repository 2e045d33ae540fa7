import type { Text } from '../text.ts';

/** What is known of one source, as the layers' answer tells it. */
export interface Source {
	id: string;
	layer: string;
	attribution: string;
	ok: boolean | undefined;
	/** Since when `ok` is what it is, ms. */
	since: number | undefined;
}

/** Sources of one layer and one owner that do not answer: a person reads one line for them, not twenty. */
export interface LateGroup {
	layer: string;
	attribution: string;
	late: number;
	all: number;
	/** Since when the first of them has been silent, ms. */
	since: number | undefined;
}

/** The silent sources of the chosen layers, joined by layer and owner, in the order of the layers. */
export function lateGroups(
	sources: Iterable<Source>,
	chosen: readonly string[],
	layers: readonly { id: string; title: Text }[]
): LateGroup[] {
	const groups = new Map<string, LateGroup>();
	for (const { layer, attribution, ok, since } of sources) {
		if (!chosen.includes(layer)) continue;
		const key = `${layer} ${attribution}`;
		const group = groups.get(key) ?? { layer, attribution, late: 0, all: 0, since: undefined };
		groups.set(key, group);
		group.all++;
		if (ok !== false) continue;
		group.late++;
		if (since !== undefined) group.since = Math.min(since, group.since ?? Infinity);
	}
	const rank = (id: string) => layers.findIndex((layer) => layer.id === id);
	return [...groups.values()]
		.filter(({ late }) => late > 0)
		.sort((a, b) => rank(a.layer) - rank(b.layer));
}

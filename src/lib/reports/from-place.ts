import type { Place } from '../live/place.svelte.ts';
import { formatTime } from '../time.ts';
import { newDraft, type Draft } from './draft.ts';

/** What is most often wrong with the things of a layer; the person may choose another. */
const CATEGORY: Readonly<Record<string, { category: string; answers: Record<string, string> }>> = {
	bike: { category: 'mobilier', answers: { quoi: 'velo' } },
	parking: { category: 'stationnement', answers: {} },
	noise: { category: 'bruit', answers: {} },
	waste: { category: 'dechets', answers: {} }
};

/** A draft about a place: where it is, what it said when this was begun, and how old each value was. */
export function draftFromPlace(place: Place, now: number): Draft {
	const values: Record<string, string | number | string[]> = {};
	for (const [name, value] of Object.entries(place.values)) {
		if (value === null) continue;
		values[name] = value;
		values[`${name}.observedAt`] = formatTime(place.times[name] ?? place.observed);
	}
	return {
		...newDraft(now),
		...CATEGORY[place.layer.id],
		location: place.location ?? null,
		entity: { id: place.id, name: place.name ?? '', values }
	};
}

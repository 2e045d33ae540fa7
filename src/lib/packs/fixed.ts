import type { SavedPlace } from '../live/place.svelte.ts';
import { parseTime } from '../time.ts';
import { packSource, type PackHead, type PackItem } from './item.ts';

/** A place of a pack, in the form any place is kept in. */
export type FixedPlace = SavedPlace;

/** What a pack says of one thing, as of any place: observed when the source last changed its file. */
export function placeOf(
	{ name, updated, checked }: Pick<PackHead, 'name' | 'updated' | 'checked'>,
	item: PackItem
): FixedPlace {
	return {
		id: item.id,
		layer: name,
		name: item.name,
		location: item.location,
		address: item.address,
		source: packSource(name),
		simulated: false,
		quality: 'ok',
		observed: parseTime(updated) ?? 0,
		received: parseTime(checked) ?? 0,
		values: item.values,
		times: Object.fromEntries(
			Object.keys(item.values).map((value) => [value, parseTime(updated) ?? 0])
		)
	};
}

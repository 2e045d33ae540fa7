import type { Place } from '../live/place.svelte.ts';
import { freshness } from '../layers/freshness.ts';
import { formatTime } from '../time.ts';
import { machine } from './value.ts';

/** What a test and an assistive tool may read on the element of a value (CONTRACT, section 4). */
export function valueData(place: Place, attribute: string, now: number) {
	const observed = place.times[attribute] ?? place.observed;
	return {
		'data-attribute': attribute,
		'data-value': machine(place.values[attribute]),
		'data-observed': formatTime(observed),
		'data-freshness': freshness(place.layer, attribute, observed, now)
	};
}

/** How far the figure of a place can be trusted at `now`: the freshness of the attribute it shows. */
export function shownFreshness(place: Place, now: number) {
	return freshness(place.layer, place.shown, place.times[place.shown] ?? place.observed, now);
}

/** The attributes told after the figure: those the layer names that are known. */
export function alsoKnown(place: Place): string[] {
	return (place.layer.also ?? []).filter((name) => {
		const value = place.values[name];
		return name !== place.shown && value !== undefined && value !== null;
	});
}

import { distance, type Position } from '../geo.ts';
import { freshness } from '../layers/freshness.ts';
import type { Place } from '../live/place.svelte.ts';

/** The nearest place that has a value for `attribute` one can still go by at `now`, no farther than `metres`. */
function nearest(
	places: Iterable<Place>,
	attribute: string,
	from: Position,
	now: number,
	metres = 25_000
): Place | undefined {
	let best: Place | undefined;
	let least = metres;
	for (const place of places) {
		const value = place.values[attribute];
		if (typeof value !== 'number' || !place.location) continue;
		if (freshness(place.layer, attribute, place.times[attribute] ?? 0, now) === 'dead') continue;
		const away = distance(from, place.location);
		if (away < least) {
			least = away;
			best = place;
		}
	}
	return best;
}

/** The weather and the air nearest to where one looks: the official index of the day before an hour's figures. */
export function ambience(places: Iterable<Place>, from: Position, now: number) {
	const weather: Place[] = [];
	const air: Place[] = [];
	for (const place of places) {
		if (place.layer.id === 'weather') weather.push(place);
		else if (place.layer.id === 'air' && place.level) air.push(place);
	}
	return {
		weather: nearest(weather, 'temperature', from, now),
		air:
			nearest(air, 'airQualityIndex', from, now) ??
			['no2', 'pm25', 'pm10', 'o3']
				.map((attribute) => nearest(air, attribute, from, now))
				.find((place) => place !== undefined)
	};
}

import { readList, type CityAlert } from './alert.ts';
import Band from './Band.svelte';

/** What the first HTML of the home screen needs where there is an alert; where there is none nothing of it is fetched. */
export function first(json: unknown): { Band: typeof Band; alerts: CityAlert[] } {
	return { Band, alerts: readList(json) };
}

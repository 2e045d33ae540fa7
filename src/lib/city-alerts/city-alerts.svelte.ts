import { createContext } from 'svelte';
import type { CityAlert } from './alert.ts';

/** What the city warns of, as this phone last knew it. It is in the first script: what fills it comes later (`follow.ts`). */
export class CityAlerts {
	list = $state.raw<readonly CityAlert[]>([]);
	/** When the server or the broker last said it, ms; undefined: only the first HTML did, or nobody yet. */
	asOf = $state<number | undefined>();
}

export const [getCityAlerts, setCityAlerts] = createContext<CityAlerts>();

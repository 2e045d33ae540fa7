// What only a former hour of the city needs, in one piece that is fetched with it.
export { default as PastBand } from './PastBand.svelte';
export { PastCity } from './past-city.svelte.ts';

import type { Place } from './place.svelte.ts';

/** Places read but not shown yet, by id. */
export type Arrivals = Map<string, Place>;

export const arrivals = (): Arrivals => new Map();

import type { Component } from 'svelte';
import type { Place } from '../live/place.svelte.ts';
import type { ParkingFacts } from './parking/facts.ts';
import DefaultCard from '../ui/DefaultCard.svelte';

/** What a layer's `Card.svelte` is given. */
export interface CardProps {
	place: Place;
	now: number;
	/** What the bundled pack knows of a car park, feed or not. */
	facts?: ParkingFacts | undefined;
}

const found = import.meta.glob<{ default: Component<CardProps> }>('./*/Card.svelte', {
	eager: true
});

/** The card of a layer: the `Card.svelte` of its folder; a layer without one is shown plainly. */
export function cardOf(layer: string): Component<CardProps> {
	return found[`./${layer}/Card.svelte`]?.default ?? DefaultCard;
}

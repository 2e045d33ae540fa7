import type { Text } from '../../text.ts';

/** What a chip of a static layer needs; the rest of its definition is fetched after the first screen. */
export interface PackTitle {
	id: string;
	title: Text;
	/** A drawing of `Sprite.svelte`. */
	icon: string;
}

/** Every static layer, in the order a citizen sees them. */
export const packTitles: readonly PackTitle[] = [
	{ id: 'toilet', title: { fr: 'Toilettes', en: 'Toilets' }, icon: 'toilet' },
	{ id: 'water', title: { fr: 'Eau potable', en: 'Drinking water' }, icon: 'glass-water' },
	{ id: 'market', title: { fr: 'Marchés', en: 'Markets' }, icon: 'shopping-basket' },
	{ id: 'recycling', title: { fr: 'Tri et verre', en: 'Recycling' }, icon: 'recycle' },
	{ id: 'park', title: { fr: 'Jardins', en: 'Gardens' }, icon: 'trees' },
	{ id: 'sport', title: { fr: 'Piscines et sport', en: 'Pools and sport' }, icon: 'waves-ladder' },
	{ id: 'building', title: { fr: 'Lieux publics', en: 'Public buildings' }, icon: 'landmark' },
	{ id: 'culture', title: { fr: 'Sorties', en: 'Going out' }, icon: 'clapperboard' },
	{ id: 'event', title: { fr: 'Agenda', en: 'Events' }, icon: 'calendar-days' },
	{ id: 'works', title: { fr: 'Chantiers', en: 'Street works' }, icon: 'construction' },
	{ id: 'metro', title: { fr: 'Métro', en: 'Metro' }, icon: 'train-front' },
	{ id: 'tram', title: { fr: 'Tram', en: 'Tram' }, icon: 'tram-front' }
];

/** The title of a static layer. Throws where there is none: a mistake of the register. */
export function packTitle(id: string): PackTitle {
	const found = packTitles.find((known) => known.id === id);
	if (!found) throw new TypeError(`no static layer ${id}`);
	return found;
}

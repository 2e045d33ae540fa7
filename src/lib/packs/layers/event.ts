import { day, link, text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** What is on: one entry a manifestation, from its first to its last day. */
export const event = definePack({
	id: 'event',
	type: 'Event',
	entity: { fr: 'Manifestation', en: 'Event' },
	freshDays: 7,
	attributes: {
		starts: day({ fr: 'Début', en: 'From' }),
		ends: day({ fr: 'Fin', en: 'To' }),
		venue: text({ fr: 'Lieu', en: 'Venue' }),
		hours: text({ fr: 'Heures', en: 'Hours' }),
		theme: text({ fr: 'Genre', en: 'Theme' }),
		website: link({ fr: 'Site', en: 'Website' })
	}
});

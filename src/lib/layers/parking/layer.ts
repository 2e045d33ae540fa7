import { choices, count, defineLayer, share } from '../define-layer.ts';
import { supply } from '../levels.ts';

const good = supply.good({ fr: 'des places', en: 'spaces available' });
const few = supply.few({ fr: 'presque complet', en: 'almost full' });
const none = supply.none({ fr: 'complet', en: 'full' });
const closed = supply.none({ fr: 'fermé', en: 'closed' });

/** Car parks: how many spaces are free right now; where no live feed exists, what is known of the place. */
export const parking = defineLayer({
	id: 'parking',
	type: 'OffStreetParking',
	title: { fr: 'Parkings', en: 'Car parks' },
	entity: { fr: 'Parking', en: 'Car park' },
	icon: 'square-parking',
	freshSeconds: 15 * 60,
	attributes: {
		availableSpotNumber: count({
			label: { fr: 'Places libres', en: 'Free spaces' },
			noun: { fr: { one: 'place', other: 'places' }, en: { one: 'space', other: 'spaces' } }
		}),
		totalSpotNumber: {
			...count({
				label: { fr: 'Places en tout', en: 'Spaces in all' },
				noun: {
					fr: { one: 'place en tout', other: 'places en tout' },
					en: { one: 'space in all', other: 'spaces in all' }
				}
			}),
			curve: false
		},
		occupancy: share({ fr: 'Occupation', en: 'Occupancy' }),
		status: choices(
			{ fr: 'État', en: 'Status' },
			{
				open: { fr: 'ouvert', en: 'open' },
				openingTimesInForce: { fr: 'selon les horaires', en: 'by opening times' },
				closed: { fr: 'fermé', en: 'closed' },
				closedAbnormal: { fr: 'fermé exceptionnellement', en: 'exceptionally closed' },
				full: { fr: 'complet', en: 'full' },
				fullAtEntrance: { fr: "complet à l'entrée", en: 'full at the entrance' },
				almostFull: { fr: 'presque complet', en: 'almost full' },
				spacesAvailable: { fr: 'places disponibles', en: 'spaces available' }
			}
		)
	},
	also: ['totalSpotNumber'],
	level: ({ availableSpotNumber: free, totalSpotNumber: total, status }) => {
		if (Array.isArray(status) && (status.includes('closed') || status.includes('closedAbnormal')))
			return closed;
		if (typeof free !== 'number') return undefined;
		if (free === 0) return none;
		const tight = typeof total === 'number' && total > 0 ? free / total < 0.1 : free < 10;
		return tight ? few : good;
	}
});

import { choice, count, defineLayer } from '../define-layer.ts';
import { supply } from '../levels.ts';

const good = supply.good({ fr: 'des vélos', en: 'bikes available' });
const few = supply.few({ fr: 'peu de vélos', en: 'few bikes' });
const none = supply.none({ fr: 'aucun vélo', en: 'no bike' });
const out = supply.none({ fr: 'hors service', en: 'out of service' });

/**
 * Bike-share stations. Bikes and free docks are two separate facts: on real feeds their sum differs from the capacity at
 * two stations of three, so neither is ever derived from the other.
 */
export const bike = defineLayer({
	id: 'bike',
	type: 'BikeHireDockingStation',
	title: { fr: 'Vélos', en: 'Bikes' },
	entity: { fr: 'Station de vélos', en: 'Bike station' },
	icon: 'bike',
	freshSeconds: 10 * 60,
	attributes: {
		availableBikeNumber: count({
			label: { fr: 'Vélos disponibles', en: 'Bikes available' },
			noun: { fr: { one: 'vélo', other: 'vélos' }, en: { one: 'bike', other: 'bikes' } }
		}),
		freeSlotNumber: count({
			label: { fr: 'Places libres', en: 'Free docks' },
			noun: { fr: { one: 'place', other: 'places' }, en: { one: 'dock', other: 'docks' } }
		}),
		totalSlotNumber: {
			...count({
				label: { fr: 'Bornes en tout', en: 'Docks in all' },
				noun: { fr: { one: 'borne', other: 'bornes' }, en: { one: 'dock', other: 'docks' } }
			}),
			curve: false
		},
		availableMechanicalBikeNumber: count({
			label: { fr: 'Vélos mécaniques', en: 'Mechanical bikes' },
			noun: {
				fr: { one: 'mécanique', other: 'mécaniques' },
				en: { one: 'mechanical', other: 'mechanical' }
			}
		}),
		availableElectricBikeNumber: count({
			label: { fr: 'Vélos électriques', en: 'Electric bikes' },
			noun: {
				fr: { one: 'électrique', other: 'électriques' },
				en: { one: 'electric', other: 'electric' }
			}
		}),
		outOfServiceSlotNumber: count({
			label: { fr: 'Bornes hors service', en: 'Docks out of service' },
			noun: {
				fr: { one: 'borne hors service', other: 'bornes hors service' },
				en: { one: 'dock out of service', other: 'docks out of service' }
			}
		}),
		status: choice(
			{ fr: 'État', en: 'Status' },
			{
				working: { fr: 'en service', en: 'working' },
				outOfService: { fr: 'hors service', en: 'out of service' },
				withIncidence: { fr: 'incident en cours', en: 'incident' },
				full: { fr: 'pleine', en: 'full' },
				almostFull: { fr: 'presque pleine', en: 'almost full' },
				empty: { fr: 'vide', en: 'empty' },
				almostEmpty: { fr: 'presque vide', en: 'almost empty' }
			}
		)
	},
	also: ['freeSlotNumber'],
	level: ({ availableBikeNumber: bikes, freeSlotNumber: slots, status }) => {
		// « Open » with neither a bike nor a dock is how real feeds say out of service.
		if (status === 'outOfService' || (bikes === 0 && slots === 0)) return out;
		if (typeof bikes !== 'number') return undefined;
		return bikes === 0 ? none : bikes < 3 ? few : good;
	}
});

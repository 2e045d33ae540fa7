import { choices, text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Open-air and covered markets: which days, which hours. */
export const market = definePack({
	id: 'market',
	type: 'PointOfInterest',
	entity: { fr: 'Marché', en: 'Market' },
	attributes: {
		days: choices(
			{ fr: 'Jours', en: 'Days' },
			{
				monday: { fr: 'lundi', en: 'Monday' },
				tuesday: { fr: 'mardi', en: 'Tuesday' },
				wednesday: { fr: 'mercredi', en: 'Wednesday' },
				thursday: { fr: 'jeudi', en: 'Thursday' },
				friday: { fr: 'vendredi', en: 'Friday' },
				saturday: { fr: 'samedi', en: 'Saturday' },
				sunday: { fr: 'dimanche', en: 'Sunday' }
			}
		),
		hours: text({ fr: 'Heures', en: 'Hours' }),
		goods: text({ fr: 'On y trouve', en: 'What is sold' })
	}
});

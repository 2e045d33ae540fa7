import { choice, link, text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Cinemas, cafés with concerts, galleries. */
export const culture = definePack({
	id: 'culture',
	type: 'PointOfInterest',
	entity: { fr: 'Lieu de sortie', en: 'Place to go out' },
	attributes: {
		kind: choice(
			{ fr: 'Type', en: 'Kind' },
			{
				cinema: { fr: 'cinéma', en: 'cinema' },
				concert: { fr: 'café-concert', en: 'café with concerts' },
				gallery: { fr: 'galerie ou lieu d’exposition', en: 'gallery' }
			}
		),
		metro: text({ fr: 'Métro', en: 'Metro' }),
		telephone: text({ fr: 'Téléphone', en: 'Telephone' }),
		website: link({ fr: 'Site', en: 'Website' })
	}
});

import { choice, choices, text } from '../../layers/define-layer.ts';
import { access } from './access.ts';
import { definePack } from './define-pack.ts';

/** Pools, rinks, halls and grounds of the city. */
export const sport = definePack({
	id: 'sport',
	type: 'PointOfInterest',
	entity: { fr: 'Équipement sportif', en: 'Sports place' },
	attributes: {
		kind: choice(
			{ fr: 'Type', en: 'Kind' },
			{
				pool: { fr: 'piscine', en: 'pool' },
				rink: { fr: 'patinoire', en: 'ice rink' },
				gym: { fr: 'gymnase', en: 'sports hall' },
				stadium: { fr: 'stade', en: 'stadium' },
				tennis: { fr: 'tennis', en: 'tennis' },
				skate: { fr: 'skate-parc', en: 'skate park' },
				bowls: { fr: 'boulodrome', en: 'bowls' },
				fitness: { fr: 'appareils de gymnastique', en: 'outdoor gym' }
			}
		),
		season: text({ fr: 'Saison', en: 'Season' }),
		access,
		sports: choices(
			{ fr: 'Sports', en: 'Sports' },
			{ football: { fr: 'football', en: 'football' }, rugby: { fr: 'rugby', en: 'rugby' } }
		),
		telephone: text({ fr: 'Téléphone', en: 'Telephone' })
	}
});

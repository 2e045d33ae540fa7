import { choice, day } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Works in the street: which one, what still passes, until when. */
export const works = definePack({
	id: 'works',
	type: 'CityWork',
	entity: { fr: 'Chantier', en: 'Street works' },
	freshDays: 3,
	attributes: {
		traffic: choice(
			{ fr: 'Circulation', en: 'Traffic' },
			{
				closed: { fr: 'rue barrée', en: 'street closed' },
				alternating: { fr: 'circulation alternée', en: 'alternating traffic' },
				lane: { fr: 'une file en moins', en: 'one lane less' },
				narrowed: { fr: 'chaussée rétrécie', en: 'narrowed road' },
				other: { fr: 'gêne possible', en: 'possible disruption' }
			}
		),
		starts: day({ fr: 'Début', en: 'From' }),
		ends: day({ fr: 'Fin', en: 'To' })
	}
});

import { text } from '../../layers/define-layer.ts';
import { access } from './access.ts';
import { definePack } from './define-pack.ts';

/** Public toilets. */
export const toilet = definePack({
	id: 'toilet',
	type: 'PointOfInterest',
	entity: { fr: 'Toilettes publiques', en: 'Public toilets' },
	attributes: { access, hours: text({ fr: 'Horaires', en: 'Hours' }) }
});

import { text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Fountains to drink from. */
export const water = definePack({
	id: 'water',
	type: 'PointOfInterest',
	entity: { fr: 'Fontaine à boire', en: 'Drinking fountain' },
	attributes: { model: text({ fr: 'Modèle', en: 'Model' }) }
});

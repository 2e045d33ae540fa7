import { choice } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Containers everybody may bring something to. */
export const recycling = definePack({
	id: 'recycling',
	type: 'WasteContainer',
	entity: { fr: 'Point de tri', en: 'Recycling point' },
	attributes: {
		accepts: choice(
			{ fr: 'On y dépose', en: 'Takes' },
			{
				glass: { fr: 'verre', en: 'glass' },
				packaging: { fr: 'emballages et papier', en: 'packaging and paper' },
				paper: { fr: 'papier', en: 'paper' },
				textile: { fr: 'vêtements', en: 'clothes' },
				household: { fr: 'ordures ménagères', en: 'household waste' },
				organic: { fr: 'déchets de cuisine', en: 'kitchen waste' },
				other: { fr: 'autres déchets', en: 'other waste' }
			}
		)
	}
});

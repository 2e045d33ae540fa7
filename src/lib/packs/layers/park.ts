import { choice } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Parks, gardens and shared gardens. */
export const park = definePack({
	id: 'park',
	type: 'Garden',
	entity: { fr: 'Jardin', en: 'Garden' },
	attributes: {
		kind: choice(
			{ fr: 'Type', en: 'Kind' },
			{
				park: { fr: 'parc ou jardin', en: 'park or garden' },
				shared: { fr: 'jardin partagé', en: 'shared garden' }
			}
		)
	}
});

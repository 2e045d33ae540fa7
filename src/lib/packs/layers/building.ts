import { text } from '../../layers/define-layer.ts';
import { access } from './access.ts';
import { definePack } from './define-pack.ts';

/** Buildings open to the public, and whether one gets in with a wheelchair. */
export const building = definePack({
	id: 'building',
	type: 'Building',
	entity: { fr: 'Lieu public', en: 'Public building' },
	attributes: { access, use: text({ fr: 'Type', en: 'Kind' }) }
});

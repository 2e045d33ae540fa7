import { text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Tram stops. */
export const tram = definePack({
	id: 'tram',
	type: 'GtfsStation',
	entity: { fr: 'Station de tram', en: 'Tram stop' },
	attributes: { line: text({ fr: 'Ligne', en: 'Line' }) }
});

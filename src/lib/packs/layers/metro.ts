import { text } from '../../layers/define-layer.ts';
import { definePack } from './define-pack.ts';

/** Metro stations. */
export const metro = definePack({
	id: 'metro',
	type: 'GtfsStation',
	entity: { fr: 'Station de métro', en: 'Metro station' },
	attributes: { line: text({ fr: 'Ligne', en: 'Line' }) }
});

import type { Level } from '../layers/define-layer.ts';
import type { Freshness } from '../layers/freshness.ts';

/** How a level is coloured: a token of `app.css` by name, or a published colour with the ink that can be read on it. */
export interface Tone {
	'data-tone': string;
	style?: string;
}

/** Colours only speak for what is fresh: an old figure is plain, whatever it says. */
export function tone(level: Level | undefined, freshness: Freshness): Tone {
	if (freshness !== 'fresh') return { 'data-tone': 'old' };
	if (!level) return { 'data-tone': 'plain' };
	if (!level.color.startsWith('#')) return { 'data-tone': level.color };
	return {
		'data-tone': 'published',
		style: `--wash:${level.color};--tone:${level.ink ?? '#1c1916'}`
	};
}

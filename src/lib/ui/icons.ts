import { layers } from '../layers/index.ts';
import { packTitles } from '../packs/layers/titles.ts';

/** The drawings of `Sprite.svelte` that a layer may name; one that names another gets the pin. */
const DRAWN = new Set(['bike', 'square-parking', 'wind', 'thermometer', 'audio-lines']);

export function layerIcon(layer: string): string {
	const fixed = packTitles.find(({ id }) => id === layer);
	if (fixed) return fixed.icon;
	const name = layers.find(({ id }) => id === layer)?.icon;
	return name !== undefined && DRAWN.has(name) ? name : 'map-pin';
}

const LANDMARKS: Readonly<Record<string, string>> = {
	metro: 'train-front',
	station: 'train-front',
	tram: 'tram-front',
	park: 'trees',
	university: 'graduation-cap',
	hospital: 'hospital',
	place: 'landmark'
};

export const landmarkIcon = (kind: string): string => LANDMARKS[kind] ?? 'map-pin';

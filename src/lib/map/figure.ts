import type { Layer, Value } from '../layers/define-layer.ts';
import { number, percent } from '../live/words.ts';
import { getLocale } from '#lib/paraglide/runtime.js';
import { plural } from '../text.ts';

/** What is written beside a mark when there is room: « 7 vélos », « 14 °C »; empty where nothing is known. */
export function figureOf(layer: Layer, attribute: string, value: Value | undefined): string {
	const known = layer.attributes[attribute];
	if (
		!known ||
		layer.kind === 'static' ||
		value === undefined ||
		value === null ||
		Array.isArray(value)
	)
		return '';
	const locale = getLocale();
	if (typeof value === 'string') return known.words?.[value]?.[locale] ?? value;
	if (known.noun) return `${number(value)} ${plural(known.noun, value, locale)}`;
	if (known.unit) return `${number(value, known.resolution)} ${known.unit}`;
	return known.resolution === 0.01 ? percent(value) : number(value, known.resolution);
}

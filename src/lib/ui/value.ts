import { calendarDay, number, percent } from '../live/words.ts';
import type { Attribute, Layer, Value } from '../layers/define-layer.ts';
import { plural, type Locale } from '../text.ts';

const KMH = 3.6;

/** A share between 0 and 1: no unit, and finer than a whole. */
const isShare = ({ unit, resolution }: Attribute) =>
	unit === '' && resolution !== undefined && resolution < 1;

/**
 * A value as a citizen reads it: the figure and what stands after it (« 7 » « vélos », « 14,2 » « °C », « 62 % »).
 * Speeds are said in km/h, rain in millimetres, as the forecast does; words are words. Undefined where nothing is known.
 */
export function figure(
	layer: Layer,
	attribute: string,
	value: Value | undefined,
	locale: Locale
): { figure: string; after: string } | undefined {
	const spec = layer.attributes[attribute];
	if (!spec || value === undefined || value === null) return undefined;
	if (typeof value !== 'number') {
		const said = (word: string) =>
			spec.form === 'day' ? calendarDay(word, locale) : (spec.words?.[word]?.[locale] ?? word);
		const words = Array.isArray(value) ? value.map(said).join(', ') : said(value);
		return words === '' ? undefined : { figure: words, after: '' };
	}
	if (isShare(spec)) return { figure: percent(value, locale), after: '' };
	if (spec.noun)
		return { figure: number(value, 1, locale), after: plural(spec.noun, value, locale) };
	if (spec.unit === 'm/s') return { figure: number(value * KMH, 1, locale), after: 'km/h' };
	const unit = spec.unit === 'l/m²' ? 'mm' : spec.unit;
	return { figure: number(value, spec.resolution ?? 1, locale), after: unit };
}

/** The same in one breath, figure and unit never parted at the end of a line: « 5 places ». */
export function phrase(
	layer: Layer,
	attribute: string,
	value: Value | undefined,
	locale: Locale
): string | undefined {
	const said = figure(layer, attribute, value, locale);
	return said && (said.after === '' ? said.figure : `${said.figure}\u00a0${said.after}`);
}

/** The value as a machine compares it, `data-value` of the contract: the number itself, words joined by commas. */
export function machine(value: Value | undefined): string {
	if (value === undefined || value === null) return '';
	return Array.isArray(value) ? value.join(',') : String(value);
}

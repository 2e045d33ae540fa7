import type { Layer, Value } from '../layers/define-layer.ts';
import { number } from '../live/words.ts';
import { plural, type Locale } from '../text.ts';

/** A number of a layer as a person reads it: shares in percent, speeds in km/h, rain in millimetres, counts with their noun. */
export interface Quantity {
	label: string;
	/** Multiplies what the sensor says. */
	factor: number;
	/** As written after a figure; empty where a noun follows. */
	unit: string;
	/** Things counted: the axis has no halves. */
	whole: boolean;
	/** The axis begins at nothing; a temperature's would be flat. */
	fromZero: boolean;
	/** « 9,3 ». */
	figure: (value: number) => string;
	/** « 9,3 vélos », « 14 °C »; figure and unit are never parted. */
	phrase: (value: number) => string;
}

/** Zero of these is an accident of the scale, not « nothing ». */
const FLOATING = new Set(['°C', 'hPa']);

/** The numbers of a layer worth a curve, among those known of a place, the layer's main one first. */
export function curved(layer: Layer, values: Readonly<Record<string, Value>>): string[] {
	return layer.live.filter((name) => {
		const spec = layer.attributes[name];
		return (
			spec?.resolution !== undefined && spec.curve !== false && typeof values[name] === 'number'
		);
	});
}

/** Undefined for an attribute the layer does not have, or that is no number. */
export function quantity(layer: Layer, attribute: string, locale: Locale): Quantity | undefined {
	const spec = layer.attributes[attribute];
	if (spec?.resolution === undefined) return undefined;
	const share = spec.unit === '' && spec.resolution < 1;
	const { factor, unit, resolution } = share
		? { factor: 100, unit: '%', resolution: 1 }
		: spec.unit === 'm/s'
			? { factor: 3.6, unit: 'km/h', resolution: 1 }
			: spec.unit === 'l/m²'
				? { factor: 1, unit: 'mm', resolution: spec.resolution }
				: // A mean of things counted has a part.
					{ factor: 1, unit: spec.unit, resolution: spec.noun ? 0.1 : spec.resolution };
	const { noun } = spec;
	const figure = (value: number) => number(value, resolution, locale);
	return {
		label: spec.label[locale],
		factor,
		unit,
		whole: spec.unit === '' && !share,
		fromZero: !FLOATING.has(spec.unit),
		figure,
		phrase: (value) => {
			const after = noun ? plural(noun, value, locale) : unit;
			return after === '' ? figure(value) : `${figure(value)}\u00a0${after}`;
		}
	};
}

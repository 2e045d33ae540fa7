import * as v from 'valibot';
import type { Noun, Text } from '../text.ts';

/** What an attribute may hold once checked. `null`: known to be unknown. */
export type Value = number | string | string[] | null;
export type Values = Readonly<Record<string, Value | undefined>>;

/** A measured or counted property of an entity, named as its FIWARE Smart Data Model names it. */
export interface Attribute {
	/** Checks one known value; anything else refuses the whole message. */
	schema: v.GenericSchema<unknown, Exclude<Value, null>>;
	/** Numbers the schema surely takes: what spares most of them the schema. */
	range?: { min: number; max: number; whole: boolean };
	label: Text;
	/** As written after the figure; empty for counts. */
	unit: string;
	/** UN/CEFACT Recommendation 20 code. */
	unitCode: string;
	/** Smallest difference worth showing, in the unit; undefined for words. */
	resolution?: number;
	/** The noun a count goes with: « 7 vélos ». */
	noun?: Noun;
	/** False where its course over time says nothing: a capacity, an angle (the mean of 350° and 10° is not 180°). */
	curve?: false;
	/** Where the attribute keeps longer or by other rules than its layer: ends of freshness for a time in ms. */
	keeps?: (observed: number) => { freshUntil: number; staleUntil: number };
	/** How a value that is a word reads to a citizen. */
	words?: Readonly<Record<string, Text>>;
	/** The text is a day (`YYYY-MM-DD`) or an address of the web, and is shown as one. */
	form?: 'day' | 'link';
}

export type Shape = 'circle' | 'triangle' | 'square' | 'diamond' | 'ring';

/** How good a value is for the citizen: always a shape and a word, never a colour alone. */
export interface Level {
	id: string;
	/** 0 is best. */
	rank: number;
	word: Text;
	/** What the word must not be said without: « indicatif » for a class that is not the official one. */
	note?: Text;
	shape: Shape;
	/** A colour token of `app.css` (`good`, `fair`, `poor`, `plain`) or a published hex colour. */
	color: string;
	/** Text colour that reaches 4.5 on a published hex colour. */
	ink?: string;
}

export interface LayerSpec {
	/** `static`: things that stay where they are, known from an open-data file and not from a sensor. `live` if absent. */
	kind?: 'live' | 'static';
	/** Topic level and API name; also the first part of each entity's id. */
	id: string;
	/** NGSI-LD entity type. */
	type: string;
	title: Text;
	/** What one entity is: « Station de vélos ». */
	entity: Text;
	/** Name of a Lucide icon. */
	icon: string;
	/** A value is fresh for so long after it was observed; stale for three times as long; then dead. */
	freshSeconds: number;
	/** In the order of the contract: the first is `main`, and frames carry them in this order. */
	attributes: Readonly<Record<string, Attribute>>;
	/** Judges the values of one entity; undefined where there is nothing to judge. */
	level?: (values: Values) => Level | undefined;
	/** Attributes shown in a list after the figure. */
	also?: readonly string[];
}

export interface Layer extends LayerSpec {
	kind: 'live' | 'static';
	main: string;
	/** Order of the values in a frame. */
	live: readonly string[];
	/** All attributes, each optional and nullable: what a raw message of this layer may carry. */
	schema: v.GenericSchema<unknown, Record<string, Value | undefined>>;
}

/** Completes a layer's definition: one folder, one call, one line in the register. */
export function defineLayer(spec: LayerSpec): Layer {
	const live = Object.keys(spec.attributes);
	const [main] = live;
	if (main === undefined) throw new TypeError(`layer ${spec.id} has no attribute`);
	if (!/^[a-z][a-z0-9]*$/.test(spec.id)) throw new TypeError(`layer id ${spec.id} is not a word`);
	const entries: Record<string, v.GenericSchema<unknown, Value | undefined>> = {};
	for (const [name, { schema }] of Object.entries(spec.attributes))
		entries[name] = v.optional(v.nullable(schema));
	return { ...spec, kind: spec.kind ?? 'live', main, live, schema: v.object(entries) };
}

// The few kinds of attribute there are. Bounds refuse nonsense, not surprises.

/** A whole number of things, 0 to `max`. */
export function count(o: { label: Text; noun?: Noun; max?: number }): Attribute {
	const schema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(o.max ?? 10_000));
	return {
		schema,
		range: { min: 0, max: o.max ?? 10_000, whole: true },
		label: o.label,
		unit: '',
		unitCode: 'C62',
		resolution: 1,
		...(o.noun && { noun: o.noun })
	};
}

/** A physical quantity between two bounds, in a unit. */
export function measure(o: {
	label: Text;
	unit: string;
	unitCode: string;
	min: number;
	max: number;
	resolution: number;
}): Attribute {
	const { label, unit, unitCode, resolution } = o;
	const schema = v.pipe(v.number(), v.finite(), v.minValue(o.min), v.maxValue(o.max));
	const range = { min: o.min, max: o.max, whole: false };
	return { schema, range, label, unit, unitCode, resolution };
}

/** A share between 0 and 1, shown in percent. */
export function share(label: Text): Attribute {
	return measure({ label, unit: '', unitCode: 'C62', min: 0, max: 1, resolution: 0.01 });
}

/** One word of a closed list. */
export function choice(label: Text, words: Readonly<Record<string, Text>>): Attribute {
	return { schema: v.picklist(Object.keys(words)), label, unit: '', unitCode: 'C62', words };
}

/** Several words of a closed list. */
export function choices(label: Text, words: Readonly<Record<string, Text>>): Attribute {
	const schema = v.pipe(v.array(v.picklist(Object.keys(words))), v.maxLength(20));
	return { schema, label, unit: '', unitCode: 'C62', words };
}

/** A short free text. */
export function text(label: Text): Attribute {
	return { schema: v.pipe(v.string(), v.maxLength(200)), label, unit: '', unitCode: 'C62' };
}

/** A day, `YYYY-MM-DD`. */
export const day = (label: Text): Attribute => ({
	schema: v.pipe(v.string(), v.isoDate()),
	label,
	unit: '',
	unitCode: 'C62',
	form: 'day'
});

/** An address of the web; anything but http and https is refused. */
export const link = (label: Text): Attribute => ({
	schema: v.pipe(v.string(), v.maxLength(300), v.url(), v.regex(/^https?:\/\//)),
	label,
	unit: '',
	unitCode: 'C62',
	form: 'link'
});

import * as v from 'valibot';
import type { Attribute, Layer } from '../layers/define-layer.ts';
import { parseId } from '../layers/entity.ts';

const clock = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time HH:MM'));

/** « Prévenez-moi si… »: CONTRACT 3. Times are those of the city's wall clock, Europe/Paris. */
export const ruleSchema = v.object({
	entity: v.pipe(
		v.string(),
		v.check((id) => parseId(id) !== undefined, 'must be the id of a place')
	),
	attribute: v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/)),
	op: v.picklist(['below', 'above']),
	value: v.pipe(v.number(), v.finite(), v.minValue(-1e9), v.maxValue(1e9)),
	/** What it asks must hold for so long without a break. */
	forMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440)), 0),
	/** Days on which it watches, 1 Monday to 7 Sunday; a night belongs to the day on which it begins. */
	days: v.optional(
		v.pipe(
			v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7))),
			v.minLength(1),
			v.maxLength(7),
			v.transform((days) => [...new Set(days)].sort((a, b) => a - b))
		),
		[1, 2, 3, 4, 5, 6, 7]
	),
	/** Hours in which it watches; the same twice: all day. */
	from: v.optional(clock, '00:00'),
	to: v.optional(clock, '00:00'),
	/** Hours in which nothing sounds: what fires then is in the list only. */
	quiet: v.optional(v.nullable(v.object({ from: clock, to: clock })), null),
	paused: v.optional(v.boolean(), false)
});

export type Rule = v.InferOutput<typeof ruleSchema>;

/** What a phone says to be told of the city's alerts: its quiet hours, if it has any. */
export const cityWishSchema = v.object({ quiet: ruleSchema.entries.quiet });
export type CityWish = v.InferOutput<typeof cityWishSchema>;

/** A rule with the name its device gave it. */
export interface NamedRule extends Rule {
	id: string;
}

export const RULE_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** More on one phone is a mistake or an attack. */
export const MAX_RULES = 30;

/** The numbers of a layer that one can be warned of. */
export const watchable = (layer: Layer): [string, Attribute][] =>
	Object.entries(layer.attributes).filter(
		([, { resolution, curve }]) => resolution !== undefined && curve !== false
	);

/** Whether a value is what the rule asks for. */
export const holds = ({ op, value }: Pick<Rule, 'op' | 'value'>, seen: number): boolean =>
	op === 'below' ? seen < value : seen > value;

/** A twentieth of the value, at least the smallest difference worth showing. */
const MARGIN = 0.05;

/**
 * Whether a value is clearly on the other side: past the threshold by a margin, so that one that trembles around it is one
 * event. The margin ends where the quantity does: « more than 0 bikes » is over at 0.
 */
export function clears(
	{ op, value }: Pick<Rule, 'op' | 'value'>,
	seen: number,
	{ resolution = 1, range }: Attribute
): boolean {
	const margin = Math.max(resolution, Math.abs(value) * MARGIN);
	return op === 'below'
		? seen >= Math.min(value + margin, range?.max ?? Infinity)
		: seen <= Math.max(value - margin, range?.min ?? -Infinity);
}

import * as v from 'valibot';
import { parseId } from '../entity.ts';

const facts = v.object({
	ref: v.string(),
	name: v.string(),
	kind: v.optional(v.string()),
	capacity: v.optional(v.number()),
	hours: v.optional(v.string()),
	/** Euros for the first hour. */
	tariff1h: v.optional(v.number()),
	operator: v.optional(v.string())
});

/** What the bundled pack (`/city/{city}/parkings.json`) knows of a car park: what holds without a feed. */
export type ParkingFacts = v.InferOutput<typeof facts>;

/** The facts of the car park `id` in an answer of the pack; undefined where it is not in it. */
export function factsOf(pack: unknown, id: string): ParkingFacts | undefined {
	const ref = parseId(id)?.ref;
	if (!Array.isArray(pack) || ref === undefined) return undefined;
	for (const entry of pack) {
		const read = v.safeParse(facts, entry);
		if (read.success && read.output.ref === ref) return read.output;
	}
	return undefined;
}

import type { Entity } from '../../src/lib/layers/entity.ts';
import type { Patch } from './raw.ts';

/** An entity as the intake keeps it: with the times of its name, place and address, and its sequence. */
export interface Kept extends Entity {
	/** Last `sequence` heard; undefined where the device sends none. */
	sequence: number | undefined;
	/** Messages that never came, by the jumps of `sequence`. */
	gaps: number;
}

const FACTS = ['name', 'location', 'address'] as const;

/**
 * The entity after a patch, or `known` itself where the patch changes nothing. « Newest » is judged attribute by
 * attribute by its own time, so any order of arrival and any repetition end in the same entity.
 */
export function mergePatch(known: Kept | undefined, patch: Patch, now: number): Kept {
	const next: Kept = known
		? { ...known, values: { ...known.values }, times: { ...known.times } }
		: {
				id: patch.id,
				layer: patch.layer.id,
				name: undefined,
				location: undefined,
				address: undefined,
				values: {},
				times: {},
				observed: patch.observed,
				received: now,
				source: undefined,
				simulated: patch.simulated,
				quality: 'ok',
				sequence: undefined,
				gaps: 0
			};
	let changed = known === undefined;
	const time = patch.observed;
	const newer = (name: string) => time >= (next.times[name] ?? -Infinity);

	for (const [name, value] of Object.entries(patch.values)) {
		if (!newer(name)) continue;
		if (next.times[name] === time && same(next.values[name], value)) continue;
		next.values[name] = value;
		next.times[name] = time;
		changed = true;
	}
	for (const fact of FACTS) {
		if (!(fact in patch) || !newer(fact)) continue;
		if (next.times[fact] !== time && same(next[fact], patch[fact])) next.times[fact] = time;
		else if (!same(next[fact], patch[fact])) {
			Object.assign(next, { [fact]: patch[fact] });
			next.times[fact] = time;
			changed = true;
		}
	}
	if (time >= next.observed) {
		const quality = patch.clock ? 'clock' : 'ok';
		if (time > next.observed || quality !== next.quality) changed = true;
		next.observed = time;
		next.quality = quality;
	}
	if (patch.source !== undefined && patch.source !== next.source) {
		next.source = patch.source;
		changed = true;
	}
	if (patch.sequence !== undefined && count(next, patch.sequence)) changed = true;
	if (!changed && known) return known;
	// Two changes in one millisecond must still be told apart by whoever keeps the newest.
	next.received = Math.max(now, known?.received ?? 0);
	return next;
}

/** Counts what a sequence number says is missing; true where the counters changed. */
function count(entity: Kept, sequence: number): boolean {
	const last = entity.sequence;
	if (last !== undefined && sequence <= last && sequence > 1) return false; // repeated, or late
	if (last === sequence) return false;
	if (last !== undefined && sequence > last + 1) entity.gaps += sequence - last - 1;
	entity.sequence = sequence;
	return true;
}

/** What two pictures of one entity know together: attribute by attribute the newest. Returns `a` where `b` adds nothing. */
export function mergeEntities(a: Kept, b: Entity): Kept {
	let next: Kept | undefined;
	for (const [name, value] of Object.entries(b.values)) {
		const time = b.times[name] ?? b.observed;
		if (time <= (a.times[name] ?? -Infinity)) continue;
		next ??= { ...a, values: { ...a.values }, times: { ...a.times } };
		next.values[name] = value;
		next.times[name] = time;
	}
	if (b.observed > a.observed) {
		next ??= { ...a, values: { ...a.values }, times: { ...a.times } };
		next.observed = b.observed;
		next.quality = b.quality;
		next.name = b.name ?? next.name;
		next.location = b.location ?? next.location;
		next.address = b.address ?? next.address;
		next.source = b.source ?? next.source;
	}
	for (const fact of FACTS) {
		// `state/` does not tell the times of these: never heard is filled in, known to be unknown stays.
		if (fact in a.times || a[fact] !== undefined || b[fact] === undefined) continue;
		next ??= { ...a, values: { ...a.values }, times: { ...a.times } };
		Object.assign(next, { [fact]: b[fact] });
	}
	if (!next) return a;
	next.received = Math.max(a.received, b.received);
	return next;
}

/** Whether `a` holds an attribute, a time of one, a name, a place or an address that `b` lacks. */
export function addsTo(a: Entity, b: Entity): boolean {
	if (a.observed > b.observed) return true;
	if (FACTS.some((fact) => a[fact] !== undefined && b[fact] === undefined)) return true;
	return Object.keys(a.values).some(
		(name) =>
			(a.times[name] ?? a.observed) > (name in b.values ? (b.times[name] ?? b.observed) : -Infinity)
	);
}

function same(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	return (
		Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => x === b[i])
	);
}

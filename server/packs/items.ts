import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { geohash, type Bbox } from '../../src/lib/geo.ts';
import type { Layer, Value } from '../../src/lib/layers/define-layer.ts';
import { parseId, slug } from '../../src/lib/layers/entity.ts';
import type { PackItem } from '../../src/lib/packs/item.ts';
import { Fields } from './fields.ts';
import { whereIs, type Row } from './rows.ts';
import type { Draft, Shape } from './shapes/shape.ts';

/** Ten times the recycling points of the metropole. */
const MAX_ITEMS = 20_000;
const MAX_REF = 60;

export interface Gathered {
	items: PackItem[];
	/** Records that gave no item, by reason. */
	refused: { position: number; name: number; twice: number; other: number };
}

interface Drafted {
	ref: string;
	item: Omit<PackItem, 'id'>;
}

interface Reading {
	layer: Layer;
	shape: Shape;
	city: string;
	bbox: Bbox;
	parts: readonly { rows: readonly Row[]; set: Readonly<Record<string, string>> }[];
}

/**
 * The items of a layer from the records of its parts. A broken position refuses the record, a missing one does not: such
 * a place is still found by its name. Ids come from the source's key, so that they stay from one day to the next.
 */
export function itemsOf({ layer, shape, city, bbox, parts }: Reading): Gathered {
	const refused = { position: 0, name: 0, twice: 0, other: 0 };
	const byRef = new Map<string, Drafted[]>();
	const seen = new Set<string>();
	let count = 0;
	for (const { rows, set } of parts)
		for (const row of rows) {
			const draft = shape(new Fields(row.fields));
			if (!draft || count >= MAX_ITEMS) {
				refused.other++;
				continue;
			}
			const location = whereIs(row, bbox);
			if (location === 'broken') {
				refused.position++;
				continue;
			}
			const drafted = toDraft(layer, draft, set, location);
			if (!drafted) {
				refused.name++;
				continue;
			}
			const whole = JSON.stringify(drafted);
			if (seen.has(whole)) {
				refused.twice++;
				continue;
			}
			seen.add(whole);
			count++;
			byRef.set(drafted.ref, [...(byRef.get(drafted.ref) ?? []), drafted]);
		}
	const items = [...byRef.values()].flatMap((same) => named(same, layer.id, city));
	items.sort((a, b) => (a.id < b.id ? -1 : 1));
	return { items, refused };
}

function toDraft(
	layer: Layer,
	{ key, name, address, values }: Draft,
	set: Readonly<Record<string, string>>,
	location: PackItem['location']
): Drafted | undefined {
	const ref = slug(key ?? name ?? '')
		.slice(0, MAX_REF)
		.replace(/-+$/, '');
	const shown = name ?? (key === undefined ? undefined : layer.entity.fr);
	if (ref === '' || shown === undefined) return undefined;
	const kind = set['kind'];
	return {
		// Two files of one layer may have the same names: a pool and its sports hall.
		ref: kind === undefined ? ref : `${slug(kind)}-${ref}`,
		item: {
			name: shown,
			...(location && { location }),
			...(address !== undefined && { address }),
			values: known(layer, { ...set, ...defined(values) })
		}
	};
}

const defined = (values: Draft['values']) =>
	Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** The values the layer knows and takes; any other is left out, not the item. */
function known(layer: Layer, values: Readonly<Record<string, Value | undefined>>) {
	const kept: Record<string, Value> = {};
	for (const [name, { schema }] of Object.entries(layer.attributes)) {
		const read = v.safeParse(schema, values[name]);
		if (values[name] !== undefined && read.success) kept[name] = read.output;
	}
	return kept;
}

/** Things with the same key are told apart by where they are, then by their order in what they say. */
function named(same: Drafted[], layer: string, city: string): PackItem[] {
	const taken = new Set<string>();
	const sorted = same.length < 2 ? same : [...same].sort((a, b) => compare(a, b));
	return sorted.flatMap(({ ref, item }) => {
		const { location } = item;
		let id = `${layer}-${city}-${ref}`;
		if (same.length > 1) id += `-${location ? geohash(location, 8) : 'x'}`;
		for (let n = 2; taken.has(id); n++) id = `${id.replace(/-n\d+$/, '')}-n${n}`;
		taken.add(id);
		return parseId(id) ? [{ id, ...item }] : [];
	});
}

const compare = (a: Drafted, b: Drafted) =>
	JSON.stringify(a.item) < JSON.stringify(b.item) ? -1 : 1;

/** Names the content: the same items have the same version on any server, whenever they were read. */
export const versionOf = (items: readonly PackItem[]): string =>
	createHash('sha256').update(JSON.stringify(items)).digest('base64url').slice(0, 16);

/** What changed between two versions, by id. */
export function difference(before: readonly PackItem[], after: readonly PackItem[]) {
	const old = new Map(before.map((item) => [item.id, JSON.stringify(item)]));
	const added: PackItem[] = [];
	const changed: PackItem[] = [];
	for (const item of after) {
		const was = old.get(item.id);
		if (was === undefined) added.push(item);
		else if (was !== JSON.stringify(item)) changed.push(item);
		old.delete(item.id);
	}
	return { added, changed, removed: [...old.keys()] };
}

// Maps and sets of the screen that are replaced whole, never changed in place: no part of them needs a signal of its own.

/** A set of names. */
export const names = (list: Iterable<string> = []): ReadonlySet<string> => new Set(list);

/** A map of these entries. */
export const mapOf = <V>(entries: Iterable<readonly [string, V]> = []): ReadonlyMap<string, V> =>
	new Map(entries);

/** The same map with one entry replaced; undefined takes it away. */
export function replaced<V>(
	map: ReadonlyMap<string, V>,
	key: string,
	value: V | undefined
): ReadonlyMap<string, V> {
	const next = new Map(map);
	if (value === undefined) next.delete(key);
	else next.set(key, value);
	return next;
}

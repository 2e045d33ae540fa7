/** A point on its way: one reading or several of one entity at one time, with where each came from. */
export interface Line {
	measurement: string;
	entity: string;
	district: string | undefined;
	t: number;
	/** The fields: each name once, with the value at the same place of `values`. */
	names: string[];
	values: number[];
}

/** Names found to need no escaping: the same few come again with every line. */
const plain = new Set<string>();
const MOST_PLAIN = 50_000; // some MB; then it begins anew

function escape(name: string): string {
	if (plain.has(name)) return name;
	if (/[,= ]/.test(name)) return name.replace(/[,= ]/g, '\\$&');
	if (plain.size >= MOST_PLAIN) plain.clear();
	plain.add(name);
	return name;
}

/** Line protocol. Every field is a float, counts too, so that no field ever changes type. */
export function toText({ measurement, entity, district, t, names, values }: Line): string {
	const where = district === undefined ? '' : `,district=${escape(district)}`;
	let text = `${escape(measurement)},entity=${escape(entity)}${where}`;
	for (let i = 0; i < names.length; i++)
		text += `${i === 0 ? ' ' : ','}${escape(names[i] ?? '')}=${values[i] ?? 0}`;
	return `${text} ${t}`;
}

/**
 * Gathers fields of one entity and time into one line; of two values for one field the later given stands. Where the
 * caller knows that no field is given twice (`once`), only neighbours are gathered, and nothing has to be looked up.
 */
export class Lines {
	readonly all: Line[] = [];
	#known: Map<string, Line> | undefined;
	#last: Line | undefined;

	constructor({ once = false } = {}) {
		if (!once) this.#known = new Map();
	}

	add(
		measurement: string,
		entity: string,
		district: string | undefined,
		t: number,
		name: string,
		value: number
	): void {
		let line = this.#last;
		// One message is several readings in a row: then its line is at hand.
		if (
			line?.t !== t ||
			line.entity !== entity ||
			line.measurement !== measurement ||
			line.district !== district
		)
			this.#last = line = this.#line(measurement, entity, district, t);
		const at = line.names.indexOf(name);
		if (at >= 0) line.values[at] = value;
		else {
			line.names.push(name);
			line.values.push(value);
		}
	}

	#line(measurement: string, entity: string, district: string | undefined, t: number): Line {
		const key = this.#known && `${measurement} ${entity} ${district ?? ''} ${t}`;
		const known = key === undefined ? undefined : this.#known?.get(key);
		if (known) return known;
		const line: Line = { measurement, entity, district, t, names: [], values: [] };
		if (key !== undefined) this.#known?.set(key, line);
		this.all.push(line);
		return line;
	}
}

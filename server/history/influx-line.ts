/** A point on its way: one reading or several of one entity at one time, with where each came from. */
export interface Line {
	measurement: string;
	entity: string;
	district: string | undefined;
	t: number;
	fields: Map<string, number>;
}

const escape = (name: string) => (/[,= ]/.test(name) ? name.replace(/[,= ]/g, '\\$&') : name);

/** Line protocol. Every field is a float, counts too, so that no field ever changes type. */
export function toText({ measurement, entity, district, t, fields }: Line): string {
	const where = district === undefined ? '' : `,district=${escape(district)}`;
	let values = '';
	for (const [name, value] of fields)
		values += `${values === '' ? '' : ','}${escape(name)}=${value}`;
	return `${escape(measurement)},entity=${escape(entity)}${where} ${values} ${t}`;
}

/** Gathers fields of one entity and time into one line; of two values for one field the later given stands. */
export class Lines {
	#lines = new Map<string, Line>();
	#last: Line | undefined;

	add(
		measurement: string,
		entity: string,
		district: string | undefined,
		t: number,
		fields: Iterable<readonly [string, number]>
	): void {
		// One message is several readings in a row: then its line is at hand.
		const last = this.#last;
		if (
			last?.t === t &&
			last.entity === entity &&
			last.measurement === measurement &&
			last.district === district
		) {
			for (const [name, value] of fields) last.fields.set(name, value);
			return;
		}
		const key = `${measurement} ${entity} ${district ?? ''} ${t}`;
		let line = this.#lines.get(key);
		if (!line)
			this.#lines.set(
				key,
				(line = { measurement, entity, district, t, fields: new Map<string, number>() })
			);
		for (const [name, value] of fields) line.fields.set(name, value);
		this.#last = line;
	}

	get all(): Line[] {
		return [...this.#lines.values()];
	}
}

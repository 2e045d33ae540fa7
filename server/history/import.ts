import * as v from 'valibot';
import { parseId } from '../../src/lib/layers/entity.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { readRows } from './csv.ts';
import type { ImportMap } from './import-maps.ts';
import { layerOf, type HistoryStore, type Reading } from './store.ts';

const BATCH = 5_000;

export interface Imported {
	readings: number;
	series: number;
	/** Numbers left out by reason, with the first line of each. */
	skipped: Map<string, { count: number; line: number }>;
}

/**
 * Reads a CSV file into a store, whatever the age of its readings; they never expire. A number that is empty, or that
 * its layer would refuse from a device, is left out and counted.
 */
export async function importFile(
	store: HistoryStore,
	register: Register,
	o: { file: string; map: ImportMap; system: string; zone: string }
): Promise<Imported> {
	const skipped: Imported['skipped'] = new Map();
	const skip = (reason: string, line: number) => {
		const known = skipped.get(reason);
		if (known) known.count++;
		else skipped.set(reason, { count: 1, line });
	};
	async function* batches(): AsyncGenerator<Reading[]> {
		let batch: Reading[] = [];
		for await (const row of readRows(o.file, o.map.columns)) {
			const given = o.map.read(row, o);
			if (typeof given === 'string') {
				skip(given, row.line);
				continue;
			}
			for (const { entity, attribute, t, value } of given) {
				const layer = layerOf(entity);
				const known = register.get(layer)?.attributes;
				const definition = known && Object.hasOwn(known, attribute) ? known[attribute] : undefined;
				const number = value === '' ? NaN : Number(value);
				if (!parseId(entity)) skip('the id would be too long', row.line);
				else if (!definition) skip(`no layer has an attribute ${attribute}`, row.line);
				else if (value === '') skip(`${attribute} is empty`, row.line);
				else if (!v.is(definition.schema, number))
					skip(`${attribute} is not a number in its range`, row.line);
				else batch.push({ entity, layer, attribute, t, v: number });
			}
			if (batch.length >= BATCH) {
				yield batch;
				batch = [];
			}
		}
		if (batch.length > 0) yield batch;
	}
	const { readings, series } = await store.import(batches());
	return { readings, series, skipped };
}

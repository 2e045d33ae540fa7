import type { HistoryStore, Reading } from '../server/history/store.ts';
import { DAY, MINUTE } from './calendar.ts';
import type { SimulatedCity } from './city.ts';

/** Readings handed over at once: one transaction of the embedded store, some tens of MB here. */
const BATCH = 50_000;
/** Models are cheapest asked in order of time, so all devices go through a stretch together. */
const STRETCH = 10 * MINUTE;

/** What one device said in one day, column by column. */
interface Columns {
	layer: string;
	t: number[];
	/** As long as `t`; NaN where nothing was said. */
	attributes: Map<string, number[]>;
}

/**
 * Writes into history what the city said after `from` up to `to`, dated as it was said. The store packs a series hour by
 * hour, so a day of all devices is gathered first, then given device by device: memory holds one day (about 40 MB for a
 * city of Toulouse's size). The same city writes the same readings however often.
 */
export function backfill(store: HistoryStore, city: SimulatedCity, from: number, to: number) {
	return store.import(batches(city, from, to));
}

async function* batches(
	city: SimulatedCity,
	from: number,
	to: number
): AsyncGenerator<readonly Reading[]> {
	let batch: Reading[] = [];
	for (let day = from; day < to;) {
		// Cut at midnight UTC: whole hours, so that none is packed twice.
		const end = Math.min((Math.floor(day / DAY) + 1) * DAY, to);
		for (const [entity, { layer, t, attributes }] of gather(city, day, end)) {
			for (const [attribute, v] of attributes)
				v.forEach((value, i) => {
					if (!Number.isNaN(value))
						batch.push({ entity, layer, attribute, t: t[i] ?? 0, v: value });
				});
			if (batch.length < BATCH) continue;
			yield batch;
			batch = [];
		}
		day = end;
	}
	if (batch.length > 0) yield batch;
}

function gather(city: SimulatedCity, from: number, to: number): Map<string, Columns> {
	const devices = new Map<string, Columns>();
	for (let at = from; at < to; at += STRETCH)
		for (const { id, layer, observed, values } of city.said(at, Math.min(at + STRETCH, to))) {
			let device = devices.get(id);
			if (!device) devices.set(id, (device = { layer, t: [], attributes: new Map() }));
			const said = device.t.push(observed);
			for (const name in values) {
				const value = values[name];
				if (typeof value !== 'number') continue;
				let column = device.attributes.get(name);
				if (!column) device.attributes.set(name, (column = []));
				while (column.length < said - 1) column.push(NaN);
				column.push(value);
			}
		}
	return devices;
}

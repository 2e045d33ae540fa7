import * as v from 'valibot';
import { withDatabase } from '../offline/store.ts';
import { readList, type CityAlert } from './alert.ts';

const KEY = 'city-alerts';
const rowSchema = v.object({ savedAt: v.number(), alerts: v.array(v.unknown()) });

/** What the city warned of when this phone last heard of it, ms. */
export interface Kept {
	savedAt: number;
	alerts: CityAlert[];
}

export const keptCityAlerts = (): Promise<Kept | undefined> =>
	withDatabase(async (db) => {
		const row = v.safeParse(rowSchema, await db.get('own', KEY));
		if (!row.success) return undefined;
		return { savedAt: row.output.savedAt, alerts: readList(row.output) };
	});

/** Keeps it in the place of what was kept before; what cannot be kept is heard again. */
export const keepCityAlerts = (kept: Kept): Promise<unknown> =>
	withDatabase((db) => db.put('own', kept, KEY));

import * as v from 'valibot';
import { withDatabase } from '../offline/store.ts';
import { citySchema, firedSchema, type Fired } from './api.ts';
import { ruleSchema, type CityWish, type NamedRule } from './rule.ts';

const KEY = 'alert-rules';
const rowSchema = v.object({ ...firedSchema.entries, at: v.number() });
const ownSchema = v.object({
	savedAt: v.number(),
	city: citySchema,
	rules: v.array(v.object({ id: v.string(), ...ruleSchema.entries }))
});

/** What this phone last knew: shown at once, and without a network. */
export interface KeptAlerts {
	/** When the server said it, ms. */
	savedAt: number;
	rules: NamedRule[];
	fired: Fired[];
	city: CityWish | null;
}

/** Reads what was kept, or undefined. A row that is not one is left out. */
export const keptAlerts = (): Promise<KeptAlerts | undefined> =>
	withDatabase(async (db) => {
		const own = v.safeParse(ownSchema, await db.get('own', KEY));
		if (!own.success) return undefined;
		const rows = await db.getAllFromIndex('alerts', 'at');
		const fired = rows.flatMap((row) => {
			const parsed = v.safeParse(rowSchema, row);
			return parsed.success ? [parsed.output] : [];
		});
		return { ...own.output, fired: fired.reverse() };
	});

/** Keeps it in the place of what was kept before; undefined forgets all. What cannot be kept is asked for again. */
export const keepAlerts = (kept: KeptAlerts | undefined): Promise<unknown> =>
	withDatabase(async (db) => {
		const tx = db.transaction(['alerts', 'own'], 'readwrite', { durability: 'relaxed' });
		const alerts = tx.objectStore('alerts');
		const own = tx.objectStore('own');
		await alerts.clear();
		if (!kept) await own.delete(KEY);
		else {
			for (const fired of kept.fired) await alerts.put({ ...fired });
			await own.put({ savedAt: kept.savedAt, rules: kept.rules, city: kept.city }, KEY);
		}
		await tx.done;
	});

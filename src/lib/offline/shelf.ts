import { withDatabase } from './store.ts';

/** A curve as it was answered, and when. */
export interface KeptCurve {
	/** Place, number and span. */
	key: string;
	/** When the server said it, ms. */
	savedAt: number;
	curve: unknown;
	week: unknown;
}

/** A dozen places with all their spans; about half a megabyte. */
const MAX_KEPT = 60;

/** The curve kept under `key`, or undefined where there is none or the phone's memory does not answer. */
export const keptCurve = (key: string): Promise<KeptCurve | undefined> =>
	withDatabase((db) => db.get('history', key));

/** Keeps a curve and lets go of the oldest above 60. Never rejects: what cannot be kept is asked for again. */
export async function keepCurve(kept: KeptCurve): Promise<void> {
	await withDatabase(async (db) => {
		const tx = db.transaction('history', 'readwrite', { durability: 'relaxed' });
		await tx.store.put(kept);
		let tooMany = (await tx.store.count()) - MAX_KEPT;
		let oldest = tooMany > 0 ? await tx.store.index('savedAt').openCursor() : null;
		while (oldest && tooMany-- > 0) {
			await oldest.delete();
			oldest = await oldest.continue();
		}
		await tx.done;
	});
}

import { inDatabase } from '../offline/store.ts';

/** A place the person keeps. Beside its id what is needed to name it when nothing else is known of it. */
export interface Favourite {
	id: string;
	layer: string;
	name: string;
}

/** More than anyone orders by hand; above, the phone says so. */
export const MAX_FAVOURITES = 100;

/** The favourites in their order; rows nobody can read are left out. Rejects where the phone's memory does not answer. */
export const readFavourites = (): Promise<Favourite[]> =>
	inDatabase(async (db) => {
		const rows = await db.getAll('favourites');
		return rows
			.sort((a, b) => a.rank - b.rank)
			.flatMap(({ id, layer, name }) =>
				typeof layer === 'string' && typeof name === 'string' ? [{ id, layer, name }] : []
			);
	});

/** Puts the whole list in the place of what was kept, its order included, all of it or nothing. Rejects where it cannot. */
export const keepFavourites = (list: readonly Favourite[]): Promise<void> =>
	inDatabase(async (db) => {
		const tx = db.transaction('favourites', 'readwrite');
		const writes = [
			tx.store.clear(),
			...list.map((favourite, rank) => tx.store.put({ ...favourite, rank }))
		];
		await Promise.all([...writes, tx.done]);
	});

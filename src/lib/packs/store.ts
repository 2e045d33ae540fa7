import * as v from 'valibot';
import { inDatabase, withDatabase } from '../offline/store.ts';
import type { PackAnswer, PackHead, PackItem } from './item.ts';

/** A pack as this phone holds it. */
export interface KeptPack extends PackHead {
	/** When this phone fetched it (ms). */
	savedAt: number;
}

/** Names of the packs a person deleted: they do not come back by themselves. */
const REFUSED = 'packs.refused';

/** Items written in one go; between two goes the finger passes. */
const TOGETHER = 50;

const rowSchema = v.looseObject({
	id: v.string(),
	version: v.string(),
	bytes: v.number(),
	count: v.number(),
	updated: v.string(),
	checked: v.string(),
	savedAt: v.number()
});

/** The packs on this phone; none where it keeps nothing. */
export async function keptPacks(): Promise<KeptPack[]> {
	const rows = (await withDatabase((db) => db.getAll('packs'))) ?? [];
	return rows
		.filter((row) => v.is(rowSchema, row))
		.map((row) => ({ ...(row as unknown as KeptPack), name: row.id }));
}

/** What one pack holds on this phone. */
export async function keptItems(name: string): Promise<PackItem[]> {
	const rows = await withDatabase((db) => db.getAllFromIndex('packItems', 'pack', name));
	return (rows ?? []) as unknown as PackItem[];
}

/** Brings the phone's copy to an answer, whole or by its difference, all of it or nothing. Rejects where there is no room. */
export async function keepPack(answer: PackAnswer, now: number): Promise<KeptPack> {
	const { name } = answer;
	const head = headOf(answer);
	const kept: KeptPack = { ...head, savedAt: now };
	await inDatabase(async (db) => {
		const tx = db.transaction(['packs', 'packItems'], 'readwrite', { durability: 'relaxed' });
		const items = tx.objectStore('packItems');
		// A request that fails aborts the transaction, which is where it is told.
		const quiet = (request: Promise<unknown>) => void request.catch(() => {});
		const whole = 'items' in answer;
		const gone = whole ? await items.index('pack').getAllKeys(name) : answer.removed;
		for (const id of gone) quiet(items.delete(id));
		const written = whole ? answer.items : [...answer.added, ...answer.changed];
		for (const [at, item] of written.entries()) {
			const writing = items.put({ ...item, pack: name });
			quiet(writing);
			if (at % TOGETHER === TOGETHER - 1) await writing.catch(() => {});
		}
		quiet(tx.objectStore('packs').put({ ...kept, id: name }));
		await tx.done;
	});
	return kept;
}

/** The source was read again and nothing changed: the copy is as good as its new head says. */
export async function touchPack(head: PackHead, now: number): Promise<KeptPack> {
	const kept: KeptPack = { ...head, savedAt: now };
	await withDatabase((db) => db.put('packs', { ...kept, id: head.name }));
	return kept;
}

/** Takes a pack off this phone, and remembers that the person did. */
export async function dropPack(name: string, refused: boolean): Promise<void> {
	await withDatabase(async (db) => {
		const tx = db.transaction(['packs', 'packItems'], 'readwrite');
		const items = tx.objectStore('packItems');
		for (const id of await items.index('pack').getAllKeys(name)) void items.delete(id);
		void tx.objectStore('packs').delete(name);
		await tx.done;
	});
	if (refused) await refuse(name, true);
}

export async function refusedPacks(): Promise<string[]> {
	const names = await withDatabase((db) => db.get('own', REFUSED));
	return v.is(v.array(v.string()), names) ? names : [];
}

/** Remembers that a pack is not wanted by itself, or that it is again. */
export async function refuse(name: string, refused: boolean): Promise<void> {
	const others = (await refusedPacks()).filter((known) => known !== name);
	await withDatabase((db) => db.put('own', refused ? [...others, name] : others, REFUSED));
}

function headOf(answer: PackAnswer): PackHead {
	const { name, title, version, bytes, count, updated, checked } = answer;
	const { licence, attribution, source } = answer;
	return { name, title, version, bytes, count, updated, checked, licence, attribution, source };
}

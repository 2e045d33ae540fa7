import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../src/lib/errors.ts';
import type { Database } from '../database/database.ts';

type Db = Pick<Database, 'db'>;

const printOf = (key: string) =>
	createHash('sha256').update('capitoul open311\0').update(key).digest('base64url');

/** Makes a key for whoever sends reports by Open311. It is told this once; only its print is kept. */
export async function addKey({ db }: Db, name: string, now: number): Promise<string> {
	if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name))
		throw new AppError('report_invalid', 'the name of a key is in [a-z0-9-]');
	const key = randomBytes(24).toString('base64url');
	const values = { name, print: printOf(key), created_at: now, revoked_at: null };
	// A name given again is a new key for the same: the former one opens nothing any more.
	await db
		.insertInto('report_keys')
		.values(values)
		.onConflict((oc) => oc.column('name').doUpdateSet(values))
		.execute();
	return key;
}

/** Takes a key back; false where there is none of this name. */
export async function revokeKey({ db }: Db, name: string, now: number): Promise<boolean> {
	const { numUpdatedRows } = await db
		.updateTable('report_keys')
		.set({ revoked_at: now })
		.where('name', '=', name)
		.where('revoked_at', 'is', null)
		.executeTakeFirst();
	return numUpdatedRows > 0n;
}

export const listKeys = ({ db }: Db) =>
	db
		.selectFrom('report_keys')
		.select(['name', 'created_at', 'revoked_at'])
		.orderBy('name')
		.execute();

/** Whose key this is, or undefined. Looked up by its print, so that no comparison tells how much of a guess was right. */
export async function keyName({ db }: Db, key: string): Promise<string | undefined> {
	const row = await db
		.selectFrom('report_keys')
		.select('name')
		.where('print', '=', printOf(key))
		.where('revoked_at', 'is', null)
		.executeTakeFirst();
	return row?.name;
}

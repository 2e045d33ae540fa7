import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from '../testing/postgres.ts';
import { openDatabase, type Database } from './database.ts';

let server: PostgresServer | undefined;
beforeAll(async () => {
	server = await startPostgres();
});
afterAll(() => server?.remove());

const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'database-'));

describe.each(['sqlite', 'postgres'] as const)('%s', (engine) => {
	const open = async (dataDir: string): Promise<Database | undefined> =>
		engine === 'sqlite'
			? openDatabase({ databaseUrl: undefined, dataDir })
			: server && openDatabase({ databaseUrl: server.url, dataDir });

	test('opens, answers, and opens again on what it made', async (context) => {
		const dataDir = folder();
		const first = await open(dataDir);
		if (!first) return context.skip('PostgreSQL is not installed');
		await first.ping();
		expect(first.engine).toBe(engine);
		await first.close();
		const second = await open(dataDir);
		await second?.ping();
		await second?.close();
	});

	test('two transactions at once do not see into each other', async (context) => {
		const database = await open(folder());
		if (!database) return context.skip('PostgreSQL is not installed');
		const { db } = database;
		await sql`create table counted (n bigint not null)`.execute(db);
		await sql`insert into counted values (0)`.execute(db);
		const add = () =>
			db.transaction().execute(async (tx) => {
				await sql`update counted set n = n + 1`.execute(tx);
				await new Promise((resolve) => setTimeout(resolve, 5));
				await sql`update counted set n = n + 1`.execute(tx);
			});
		await Promise.all([add(), add(), add()]);
		const { rows } = await sql<{ n: number }>`select n from counted`.execute(db);
		expect(rows).toEqual([{ n: 6 }]);
		await sql`drop table counted`.execute(db);
		await database.close();
	});
});

test('a database that cannot be opened is told in one sentence that names the variable', async () => {
	await expect(
		openDatabase({ databaseUrl: undefined, dataDir: path.join(folder(), 'missing') })
	).rejects.toThrow(/^DATA_DIR: .*app\.db cannot be used/);
	await expect(
		openDatabase({ databaseUrl: new URL('postgres://nobody@127.0.0.1:9/none'), dataDir: folder() })
	).rejects.toThrow(/^DATABASE_URL: 127\.0\.0\.1:9 cannot be used/);
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { openDatabase, type Database } from '../database/database.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';
import { real } from './real.ts';

/** Runs the same cases on `node:sqlite` and, where it is installed, on a real PostgreSQL; each `open` gives an empty database. */
export function onBothEngines(cases: (open: () => Promise<Database>) => void): void {
	describe('sqlite', () => {
		cases(closedAfterwards(async () => ({ databaseUrl: undefined, dataDir: folder() })));
	});
	const missing = real('PostgreSQL', INITDB) === undefined;
	describe.skipIf(missing)('postgres', { timeout: 30_000 }, () => {
		let server: PostgresServer | undefined;
		let made = 0;
		beforeAll(async () => {
			server = await startPostgres();
		}, 60_000);
		afterAll(() => server?.remove());
		cases(
			closedAfterwards(async () => {
				if (!server) throw new Error('PostgreSQL did not start');
				const client = new Client({ connectionString: server.url.href });
				await client.connect();
				const name = `case_${++made}`;
				await client.query(`create database ${name}`);
				await client.end();
				return { databaseUrl: new URL(`/${name}`, server.url), dataDir: folder() };
			})
		);
	});
}

const INITDB = '/usr/lib/postgresql/15/bin/initdb';

/** An empty embedded database in a folder of its own; the caller closes it. */
export const openEmpty = () => openDatabase({ databaseUrl: undefined, dataDir: folder() });

const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'database-'));

type Where = Parameters<typeof openDatabase>[0];

function closedAfterwards(where: () => Promise<Where>): () => Promise<Database> {
	const opened: Database[] = [];
	afterEach(async () => {
		for (const database of opened.splice(0)) await database.close();
	});
	return async () => {
		const database = await openDatabase(await where());
		opened.push(database);
		return database;
	};
}

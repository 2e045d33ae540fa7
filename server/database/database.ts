import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import path from 'node:path';
import { Kysely, PostgresDialect, sql, SqliteDialect } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { Pool, types } from 'pg';
import { StartError } from '../start-error.ts';
import { migrations, type Tables } from './schema.ts';

/** Which engine stands behind: the few statements that differ ask for it. */
export type Engine = 'sqlite' | 'postgres';

/** Reports, alerts, subscriptions and accounts: one schema on either engine. */
export interface Database {
	readonly db: Kysely<Tables>;
	readonly engine: Engine;
	/** Rejects where it does not answer. */
	ping(): Promise<void>;
	close(): Promise<void>;
}

export interface DatabaseOptions {
	/** Undefined: the file `app.db`. */
	databaseUrl: URL | undefined;
	dataDir: string;
	/** The last migration to run, where a backup of an older version is being put back; undefined: all. */
	upTo?: string | undefined;
}

/** Opens `app.db` or PostgreSQL and brings its schema to this version. Throws `StartError` where it cannot. */
export async function openDatabase({
	databaseUrl: url,
	dataDir,
	upTo
}: DatabaseOptions): Promise<Database> {
	const engine: Engine = url ? 'postgres' : 'sqlite';
	const db = new Kysely<Tables>({
		dialect: url ? postgres(url) : sqlite(path.join(dataDir, 'app.db'))
	});
	try {
		await migrate(db, engine, upTo);
	} catch (error) {
		await db.destroy().catch(() => {});
		const where = url ? `DATABASE_URL: ${url.host}` : `DATA_DIR: ${path.join(dataDir, 'app.db')}`;
		throw new StartError(`${where} cannot be used: ${(error as Error).message}`, { cause: error });
	}
	return {
		db,
		engine,
		ping: async () => void (await sql`select 1`.execute(db)),
		close: () => db.destroy()
	};
}

async function migrate(
	db: Kysely<Tables>,
	engine: Engine,
	upTo: string | undefined
): Promise<void> {
	const all: Record<string, Migration> = {};
	for (const [name, up] of Object.entries(migrations)) all[name] = { up: (db) => up(db, engine) };
	const migrator = new Migrator({ db, provider: { getMigrations: async () => all } });
	const { error, results } = await (upTo === undefined
		? migrator.migrateToLatest()
		: migrator.migrateTo(upTo));
	const failed = results?.find(({ status }) => status === 'Error');
	if (error)
		throw new Error(`${failed?.migrationName ?? 'migrations'}: ${messageOf(error)}`, {
			cause: error
		});
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const NOTHING = { changes: 0, lastInsertRowid: 0 };

/** `synchronous=FULL`: committed means on the disk, power cut included. Kysely lets one transaction in at a time. */
function sqlite(file: string): SqliteDialect {
	return new SqliteDialect({
		database: async () => {
			const db = new DatabaseSync(file, { timeout: 5_000 });
			db.exec(`
				PRAGMA journal_mode = WAL;
				PRAGMA synchronous = FULL;
				PRAGMA foreign_keys = ON;
				PRAGMA journal_size_limit = 67108864;
			`);
			return {
				close: () => db.close(),
				prepare(text) {
					const statement = db.prepare(text);
					const bound = (given: readonly unknown[]) => given as SQLInputValue[];
					return {
						// Statements that answer nothing have no columns.
						reader: statement.columns().length > 0,
						all: (given) => statement.all(...bound(given)),
						run: (given) =>
							// A full disk has ended the transaction already: why it failed is to be told, not that it is over.
							text === 'rollback' && !db.isTransaction ? NOTHING : statement.run(...bound(given)),
						iterate: (given) => statement.iterate(...bound(given))
					};
				}
			};
		}
	});
}

function postgres(url: URL): PostgresDialect {
	// Times are ms in bigint columns: below 2^53, so numbers on either engine.
	types.setTypeParser(types.builtins.INT8, Number);
	return new PostgresDialect({
		pool: new Pool({
			connectionString: url.href,
			max: 10,
			connectionTimeoutMillis: 5_000,
			idleTimeoutMillis: 30_000,
			statement_timeout: 10_000
		})
	});
}

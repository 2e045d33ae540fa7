import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { openDatabase } from '../database/database.ts';
import { migrations } from '../database/schema.ts';

const PAGE_ROWS = 500;
/** Nothing here takes longer on a database of a city; what does is stuck. */
const STATEMENT_MS = 120_000;
const OWN = ['kysely_migration', 'kysely_migration_lock'];

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function connected<T>(url: URL, work: (client: Client) => Promise<T>): Promise<T> {
	const client = new Client({
		connectionString: url.href,
		connectionTimeoutMillis: 10_000,
		statement_timeout: STATEMENT_MS
	});
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end();
	}
}

/** Tables of ours, those that others refer to first. */
async function tables(client: Client): Promise<string[]> {
	const { rows } = await client.query<{ name: string }>(
		`select tablename as name from pg_tables where schemaname = 'public' order by 1`
	);
	const { rows: links } = await client.query<{ child: string; parent: string }>(
		`select c.relname as child, p.relname as parent from pg_constraint k
		join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid where k.contype = 'f'`
	);
	const left = new Set(rows.map(({ name }) => name).filter((name) => !OWN.includes(name)));
	const ordered: string[] = [];
	while (left.size > 0) {
		const free = [...left].filter(
			(name) =>
				!links.some(({ child, parent }) => child === name && parent !== name && left.has(parent))
		);
		if (free.length === 0) throw new Error(`tables refer to each other: ${[...left].join(', ')}`);
		for (const name of free) left.delete(name);
		ordered.push(...free);
	}
	return ordered;
}

/** Rows of each table; empty where there is none. */
export const countRows = (url: URL): Promise<Record<string, number>> =>
	connected(url, async (client) => {
		const counts: Record<string, number> = {};
		for (const name of await tables(client)) {
			const { rows } = await client.query<{ n: string }>(`select count(*) n from ${quoted(name)}`);
			counts[name] = Number(rows[0]?.n);
		}
		return counts;
	});

/**
 * Writes each table as lines of JSON, all as they stood at one moment, a bounded page at a time. Rows, not the server's own
 * format: a backup of one version of PostgreSQL can be restored on another, and no tool of the same version is needed.
 */
export const backupPostgres = (url: URL, folder: string) =>
	connected(url, async (client) => {
		fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
		await client.query('begin isolation level repeatable read read only');
		const counts: Record<string, number> = {};
		for (const name of await tables(client)) {
			const file = fs.openSync(path.join(folder, `${name}.jsonl`), 'wx', 0o600);
			let written = 0;
			try {
				await client.query(
					`declare page no scroll cursor for select row_to_json(t)::text as line from ${quoted(name)} t`
				);
				for (;;) {
					const { rows } = await client.query<{ line: string }>(`fetch ${PAGE_ROWS} from page`);
					if (rows.length === 0) break;
					fs.writeSync(file, rows.map(({ line }) => `${line}\n`).join(''));
					written += rows.length;
				}
				await client.query('close page');
			} finally {
				fs.closeSync(file);
			}
			counts[name] = written;
		}
		const { rows: done } = await client.query<{ name: string }>(
			'select name from kysely_migration order by name'
		);
		const { rows: server } = await client.query<{ server_version: string }>('show server_version');
		await client.query('commit');
		return {
			counts,
			migrations: done.map(({ name }) => name),
			version: server[0]?.server_version ?? 'unknown'
		};
	});

/** Throws where the backup's schema is one this version does not know. */
export function checkSchema(done: readonly string[]): void {
	const unknown = done.filter((name) => !(name in migrations));
	if (unknown.length > 0)
		throw new Error(
			`the backup is of a newer version of Capitoul (${unknown.join(', ')}): restore it with that version`
		);
}

/**
 * Puts the rows of a backup into a database: the schema as it was then, all rows in one transaction, then the schema of
 * this version. With `force` the tables that stand there are dropped first. Returns the rows of each table.
 */
export async function restorePostgres(
	url: URL,
	folder: string,
	done: readonly string[],
	force: boolean
): Promise<Record<string, number>> {
	checkSchema(done);
	if (force || Object.keys(await countRows(url)).length > 0)
		await connected(url, async (client) => {
			// Without rows, or at the operator's word.
			for (const name of [...(await tables(client)), ...OWN])
				await client.query(`drop table if exists ${quoted(name)} cascade`);
		});
	const database = await openDatabase({ databaseUrl: url, dataDir: '', upTo: done.at(-1) });
	await database.close();
	const counts = await connected(url, async (client) => {
		await client.query('begin');
		for (const name of await tables(client)) await fill(client, name, folder);
		await client.query('commit');
		return countRows(url);
	});
	await (await openDatabase({ databaseUrl: url, dataDir: '' })).close();
	return counts;
}

async function fill(client: Client, name: string, folder: string): Promise<void> {
	const file = path.join(folder, `${name}.jsonl`);
	if (!fs.existsSync(file)) return;
	let page: string[] = [];
	const put = async () => {
		if (page.length === 0) return;
		const table = quoted(name);
		await client.query(
			`insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`,
			[`[${page.join(',')}]`]
		);
		page = [];
	};
	for await (const line of createInterface({ input: fs.createReadStream(file) })) {
		page.push(line);
		if (page.length === PAGE_ROWS) await put();
	}
	await put();
}

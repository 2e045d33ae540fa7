import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Config } from '../config.ts';
import { prepare } from '../history/influx-server.ts';
import type { Log } from '../log.ts';
import { backupFolder, claimFolder, restoreFolder, standing } from './folder.ts';
import { backupInflux, countValues, restoreInflux } from './influx.ts';
import { open, seal, settle, type Manifest } from './manifest.ts';
import { backupPostgres, checkSchema, countRows, restorePostgres } from './postgres.ts';

/** Everything of a city that cannot be made again, and where it stands. */
export interface Stack {
	config: Pick<Config, 'dataDir' | 'databaseUrl' | 'influx' | 'history'>;
	/** Folders beside `DATA_DIR`, by name: the volumes of the other containers. */
	folders: Readonly<Record<string, string>>;
	/** Passwords and keys: named in the manifest, copied only when asked for. */
	secrets: string | undefined;
	version: string;
	clock: () => number;
	log: Log;
}

const foldersOf = ({ config, folders }: Stack) =>
	Object.entries({ data: config.dataDir, ...folders });

const isEmpty = (folder: string) => !fs.existsSync(folder) || fs.readdirSync(folder).length === 0;

/**
 * Copies the whole stack into a new folder while it runs. The folder takes its name only once everything is in it, printed
 * and on the disk. Throws where a folder of that name holds something, or nothing was found to copy.
 */
export async function backup(stack: Stack, folder: string, { secrets = false } = {}) {
	if (!isEmpty(folder)) throw new Error(`${folder} holds something already: name another folder`);
	const coming = `${folder}.coming-${process.pid}`;
	fs.rmSync(coming, { recursive: true, force: true });
	fs.mkdirSync(coming, { recursive: true, mode: 0o700 });
	try {
		const manifest = await copy(stack, coming, secrets);
		if (fs.existsSync(folder)) fs.rmdirSync(folder);
		fs.renameSync(coming, folder);
		settle(path.dirname(folder));
		return manifest;
	} catch (error) {
		fs.rmSync(coming, { recursive: true, force: true });
		throw error;
	}
}

async function copy(stack: Stack, to: string, secrets: boolean): Promise<Manifest> {
	const { databaseUrl, influx, history } = stack.config;
	const parts: Manifest['parts'] = {};
	const engines: Record<string, string> = {};
	let migrations: string[] = [];
	// Rows before files: a photo's file is there before its row, so no row of the backup lacks its photo.
	if (databaseUrl) {
		const done = await backupPostgres(databaseUrl, path.join(to, 'postgres'));
		parts['postgres'] = done.counts;
		engines['postgres'] = done.version;
		migrations = done.migrations;
	}
	if (influx) {
		const done = await backupInflux(influx, history, path.join(to, 'influx'));
		parts['influx'] = done.counts;
		engines['influx'] = done.version;
	}
	for (const [name, from] of foldersOf(stack))
		if (fs.existsSync(from))
			parts[name] = { files: backupFolder(from, path.join(to, 'folders', name)).length };
	const sum = Object.values(parts).flatMap((counts) => Object.values(counts));
	if (sum.every((n) => n === 0)) throw new Error('there is nothing to back up');
	let secretsLeftOut: string[] = [];
	if (stack.secrets !== undefined && fs.existsSync(stack.secrets)) {
		if (secrets)
			parts['secrets'] = { files: backupFolder(stack.secrets, path.join(to, 'secrets')).length };
		else
			secretsLeftOut = fs.readdirSync(stack.secrets, { recursive: true, encoding: 'utf8' }).sort();
	}
	const at = new Date(stack.clock()).toISOString();
	return seal(to, { version: stack.version, at, engines, migrations, parts, secretsLeftOut });
}

export interface RestoreOptions {
	/** Replace what stands there: files are set aside, tables dropped, points written over. */
	force?: boolean;
	/** Only these parts, by their name in the manifest; undefined: all but the secrets, which engines in use know already. */
	only?: readonly string[] | undefined;
}

/**
 * Puts a backup back: first every file is compared with its print and every target looked at, and only then anything is
 * written; at the end what stands there is counted against the manifest. Returns the counts. Throws where a file is
 * damaged, something stands there already (without `force`), a store is in use, or a count differs.
 */
export async function restore(
	stack: Stack,
	folder: string,
	{ force = false, only }: RestoreOptions = {}
): Promise<Manifest['parts']> {
	const manifest = await open(folder);
	const wanted = (name: string) =>
		manifest.parts[name] !== undefined && (only?.includes(name) ?? name !== 'secrets');
	const missing = only?.find((name) => manifest.parts[name] === undefined);
	if (missing !== undefined) throw new Error(`the backup has no part ${missing}`);
	const { databaseUrl, influx, history } = stack.config;
	if (wanted('postgres') && !databaseUrl)
		throw new Error('the backup holds PostgreSQL, and DATABASE_URL is not set');
	if (wanted('influx') && !influx)
		throw new Error('the backup holds InfluxDB, and INFLUX_URL is not set');
	const known = foldersOf(stack).map(([name]) => name);
	for (const name of Object.keys(manifest.parts))
		if (wanted(name) && !['postgres', 'influx', 'secrets', ...known].includes(name))
			throw new Error(`the backup holds a folder ${name}, and nothing says where it goes`);
	const folders = [
		...foldersOf(stack).map(
			([name, to]) => [name, path.join(folder, 'folders', name), to] as const
		),
		...(stack.secrets === undefined
			? []
			: [['secrets', path.join(folder, 'secrets'), stack.secrets] as const])
	].filter(([name]) => wanted(name));

	if (influx && wanted('influx')) await prepare(influx, history, stack.log);
	if (databaseUrl && wanted('postgres')) checkSchema(manifest.migrations);
	if (!force) await refuseStanding(stack, folders, wanted);
	for (const [, from, to] of folders) if (fs.existsSync(from)) claimFolder(from, to);

	const restored: Manifest['parts'] = {};
	// Files before rows, for the reason they are copied after them.
	for (const [name, from, to] of folders)
		restored[name] = {
			files: fs.existsSync(from) ? restoreFolder(from, to, stack.clock()).length : 0
		};
	if (databaseUrl && wanted('postgres'))
		restored['postgres'] = await restorePostgres(
			databaseUrl,
			path.join(folder, 'postgres'),
			manifest.migrations,
			force
		);
	for (const [name, counts] of Object.entries(restored))
		for (const [what, n] of Object.entries(manifest.parts[name] ?? {}))
			if (counts[what] !== n)
				throw new Error(`${name}: ${counts[what] ?? 0} ${what} restored of ${n}`);
	if (influx && wanted('influx')) {
		const former = Object.keys(manifest.parts['influx'] ?? {})[0] ?? influx.bucket;
		const order = { bucket: former, now: stack.clock() };
		const should = await restoreInflux(influx, history, path.join(folder, 'influx'), order);
		const counts = (restored['influx'] = await countValues(influx, history));
		for (const [bucket, n] of Object.entries(should))
			// With what stood there already there may be more.
			if (force ? (counts[bucket] ?? 0) < n : counts[bucket] !== n)
				throw new Error(`influx: ${counts[bucket] ?? 0} values of ${bucket} restored of ${n}`);
	}
	return restored;
}

async function refuseStanding(
	{ config: { databaseUrl, influx, history } }: Stack,
	folders: readonly (readonly [name: string, from: string, to: string])[],
	wanted: (name: string) => boolean
): Promise<void> {
	const found: string[] = [];
	for (const [, from, to] of folders)
		found.push(...standing(from, to).map((name) => path.join(to, name)));
	const rows = databaseUrl && wanted('postgres') ? await countRows(databaseUrl) : {};
	const values = influx && wanted('influx') ? await countValues(influx, history) : {};
	for (const [name, n] of Object.entries({ ...rows, ...values }))
		if (n > 0) found.push(`${n} in ${name}`);
	if (found.length > 0)
		throw new Error(
			`nothing was restored, because this stands there: ${found.slice(0, 8).join(', ')}; --force replaces it`
		);
}

/** What `STACK_FOLDERS` says: `name=/folder,name=/folder`. */
export function readFolders(text: string | undefined): Record<string, string> {
	const entry = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*=\/.+$/, 'must be name=/folder'));
	const parts = (text ?? '').split(',').filter((part) => part !== '');
	return Object.fromEntries(
		parts.map((part) => {
			const [name = '', ...rest] = v.parse(entry, part).split('=');
			return [name, rest.join('=')];
		})
	);
}

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { register } from '../../src/lib/layers/index.ts';
import { CITY_ZONE } from '../../src/lib/time.ts';
import { ConfigError, readConfig, type Config } from '../config.ts';
import { createLog } from '../log.ts';
import { backup, restore } from './backup.ts';
import { openHistoryDb } from './database.ts';
import { createHistory } from './history.ts';
import { importFile } from './import.ts';
import { maps } from './import-maps.ts';
import type { HistoryStore } from './store.ts';

const USAGE = `npm run history -- import FILE --system NAME [--map ${Object.keys(maps).join('|')}] [--zone ${CITY_ZONE}]
npm run history -- forget --system NAME
npm run history -- backup DIR
npm run history -- restore DIR`;

const EXIT_USAGE = 64; // sysexits.h EX_USAGE
const EXIT_CONFIG = 78; // sysexits.h EX_CONFIG

class UsageError extends Error {
	override readonly name = 'UsageError';
}

/** Opens the store a configuration names for one piece of work, beside a running app or without one. */
export async function withStore<T>(
	config: Config,
	work: (store: HistoryStore) => Promise<T>
): Promise<T> {
	fs.mkdirSync(config.dataDir, { recursive: true });
	const db = openHistoryDb(path.join(config.dataDir, 'history.db'));
	const log = createLog('warn');
	const store = createHistory({ db, register: register(), config, clock: Date.now, log });
	try {
		return await work(store);
	} finally {
		await store.close();
		db.close();
	}
}

/** Runs one command and returns what to print. Throws `UsageError` where it is not one. */
export async function run(args: string[], env: Readonly<Record<string, string | undefined>>) {
	const { values, positionals } = parse(args);
	const [command, target] = positionals;
	const config = readConfig(env);
	const system = () => {
		const name = values.system ?? '';
		if (!/^[a-z0-9]+$/.test(name)) throw new UsageError('--system must be a name in [a-z0-9]');
		return name;
	};
	const named = (what: string) => {
		if (target === undefined) throw new UsageError(`${command} needs ${what}`);
		return path.resolve(target);
	};
	switch (command) {
		case 'import': {
			const map = maps[values.map];
			if (!map) throw new UsageError(`--map must be one of ${Object.keys(maps).join(', ')}`);
			const zone = values.zone;
			if (!isZone(zone)) throw new UsageError(`--zone ${zone} is not a time zone`);
			const order = { file: named('a file'), map, system: system(), zone };
			if (!fs.existsSync(order.file)) throw new UsageError(`there is no file ${order.file}`);
			const done = await withStore(config, (store) => importFile(store, register(), order));
			const left = [...done.skipped].map(
				([reason, { count, line }]) => `  ${count} left out: ${reason} (first in line ${line})`
			);
			return [`${done.readings} readings of ${done.series} series imported`, ...left].join('\n');
		}
		case 'forget': {
			const name = system();
			const gone = await withStore(config, (store) => store.forget(name));
			return `${gone} series of ${name} forgotten`;
		}
		case 'backup':
			return `${backup(config.dataDir, named('a folder')).join(', ')} copied`;
		case 'restore':
			return `${restore(config.dataDir, named('a folder')).join(', ')} restored`;
		default:
			throw new UsageError(command === undefined ? 'what to do?' : `no command ${command}`);
	}
}

function parse(args: string[]) {
	try {
		return parseArgs({
			args,
			allowPositionals: true,
			options: {
				system: { type: 'string' },
				map: { type: 'string', default: 'canonical' },
				zone: { type: 'string', default: CITY_ZONE }
			}
		});
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}

function isZone(zone: string): boolean {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
	} catch {
		return false;
	}
}

if (import.meta.main)
	run(process.argv.slice(2), process.env).then(
		(text) => console.log(text),
		(error: unknown) => {
			const message = error instanceof Error ? error.message : String(error);
			console.error(error instanceof UsageError ? `${message}\n\n${USAGE}` : message);
			process.exitCode =
				error instanceof UsageError ? EXIT_USAGE : error instanceof ConfigError ? EXIT_CONFIG : 1;
		}
	);

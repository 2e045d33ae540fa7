import { parseArgs } from 'node:util';
import { AppError } from '../../src/lib/errors.ts';
import { categoryOf } from '../../src/lib/reports/categories.ts';
import { isState, states, STATES } from '../../src/lib/reports/states.ts';
import { parseTime } from '../../src/lib/time.ts';
import { ConfigError, readConfig } from '../config.ts';
import { makeFolder } from '../data-dir.ts';
import { openDatabase, type Database } from '../database/database.ts';
import { setState, setVisibility } from './desk.ts';
import { addKey, listKeys, revokeKey } from './keys.ts';
import { CONTACT_DAYS, erase, purgeContacts } from './own.ts';
import { photoFiles, type PhotoFiles } from './photo-files.ts';
import { events, find, list, marks, type Found } from './store.ts';
import type { Visibility } from './tables.ts';
import { secondsTime } from './view.ts';

const USAGE = `npm run report -- list [--unchecked|--hidden|--published|--abuse] [--open|--closed] [--limit N]
npm run report -- show ID
npm run report -- publish ID [--text "what the public reads"] [--without-photo N]...
npm run report -- hide ID [--reason "why"]
npm run report -- set ID ${STATES.join('|')} [--reason "why"] [--expected 2026-12-01T09:00:00+01:00] [--of ID]
npm run report -- abuse [ID]
npm run report -- erase ID
npm run report -- purge [--days ${CONTACT_DAYS}]
npm run report -- key list | key add NAME | key revoke NAME`;

const EXIT_USAGE = 64; // sysexits.h EX_USAGE
const EXIT_CONFIG = 78; // sysexits.h EX_CONFIG

class UsageError extends Error {
	override readonly name = 'UsageError';
}

type Values = ReturnType<typeof parse>['values'];

interface Desk {
	database: Database;
	files: PhotoFiles;
	values: Values;
	/** What follows the command. */
	words: readonly string[];
	now: number;
}

/** Runs one command beside a running app or without one, and returns what to print. Throws `UsageError`. */
export async function run(args: string[], env: Readonly<Record<string, string | undefined>>) {
	const { values, positionals } = parse(args);
	const [command = '', ...words] = positionals;
	const work = commands[command];
	if (!work) throw new UsageError(command === '' ? 'what to do?' : `no command ${command}`);
	const config = readConfig(env);
	makeFolder(config.dataDir);
	const database = await openDatabase(config);
	try {
		const files = photoFiles(config.dataDir);
		return await work({ database, files, values, words, now: Date.now() });
	} finally {
		await database.close();
	}
}

const commands: Readonly<Record<string, (desk: Desk) => Promise<string>>> = {
	async list({ database, values }) {
		const visibility = (['unchecked', 'hidden', 'published'] as const).find((one) => values[one]);
		const status = values.open ? 'open' : values.closed ? 'closed' : undefined;
		const limit = Number(values.limit);
		if (!(limit >= 1 && limit <= 1_000)) throw new UsageError('--limit is 1 to 1000');
		const ids = values.abuse ? await withNotices(database) : undefined;
		const wanted: { visibility?: Visibility } = visibility ? { visibility } : {};
		const { found, matched } = await list(database.db, { ...wanted, status, ids, limit });
		const lines = found.map(
			({ row, photos }) =>
				`${row.id}  ${secondsTime(row.received_at)}  ${row.visibility.padEnd(9)}  ${row.state.padEnd(16)}  ${row.category.padEnd(14)}  ${photos.length} photo(s)  ${oneLine(row.description).slice(0, 60)}`
		);
		return [...lines, `${found.length} of ${matched}`].join('\n');
	},
	show: async (desk) => shown(desk, await wanted(desk)),
	async publish(desk) {
		const { row } = await wanted(desk);
		const { text, 'without-photo': without } = desk.values;
		const withoutPhotos = without?.map(Number);
		if (withoutPhotos?.some((n) => !Number.isInteger(n) || n < 1))
			throw new UsageError('--without-photo is the number of a photo');
		const order = { report: row.id, now: desk.now, words: text, withoutPhotos };
		await setVisibility(desk.database, { ...order, visibility: 'published' });
		return `${row.id} is public`;
	},
	async hide(desk) {
		const { row } = await wanted(desk);
		const order = { report: row.id, now: desk.now, reason: desk.values.reason };
		await setVisibility(desk.database, { ...order, visibility: 'hidden' });
		return `${row.id} is hidden`;
	},
	async set(desk) {
		const { row } = await wanted(desk);
		const [, state = ''] = desk.words;
		if (!isState(state)) throw new UsageError(`a state is one of ${STATES.join(', ')}`);
		const { reason, of, expected: date } = desk.values;
		const expected = date === undefined ? undefined : parseTime(date);
		if (date !== undefined && expected === undefined)
			throw new UsageError('--expected is a date-time with its zone');
		await setState(desk.database, { report: row.id, now: desk.now, state, reason, expected, of });
		return `${row.id} is ${state} (${states[state].name.fr})`;
	},
	async abuse({ database, words }) {
		const [id] = words;
		const notices = await database.db
			.selectFrom('report_marks')
			.selectAll()
			.where('kind', '=', 'abuse')
			.$if(id !== undefined, (q) => q.where('report', '=', id ?? ''))
			.orderBy('at', 'desc')
			.limit(500)
			.execute();
		return (
			notices
				.map(({ report, at, words }) => `${report}  ${secondsTime(at)}  ${oneLine(words ?? '')}`)
				.join('\n') || 'no notice of abuse'
		);
	},
	async erase(desk) {
		const { row } = await wanted(desk);
		await erase(desk.database, desk.files, row.id, desk.now);
		return `${row.id} is erased`;
	},
	async purge({ database, values, now }) {
		const days = Number(values.days);
		if (!(days >= 0 && days <= 3_650)) throw new UsageError('--days is 0 to 3650');
		return `${await purgeContacts(database, now, days)} contacts erased`;
	},
	async key({ database, words, now }) {
		const [what, name] = words;
		if (what === 'list') {
			const keys = await listKeys(database);
			return (
				keys
					.map(
						({ name, created_at, revoked_at }) =>
							`${name}  since ${secondsTime(created_at)}${revoked_at === null ? '' : `  revoked ${secondsTime(revoked_at)}`}`
					)
					.join('\n') || 'no key'
			);
		}
		if (name === undefined) throw new UsageError('key needs add or revoke, and a name');
		if (what === 'add')
			return `${await addKey(database, name, now)}\nThis key is shown once; it is the api_key of ${name}.`;
		if (what !== 'revoke') throw new UsageError(`key ${what ?? ''}: list, add or revoke`);
		return (await revokeKey(database, name, now)) ? `${name} is revoked` : `no key ${name}`;
	}
};

async function wanted({ database, words }: Desk): Promise<Found> {
	const [id] = words;
	if (id === undefined) throw new UsageError('which report?');
	const found = await find(database.db, id.toLowerCase());
	if (!found) throw new AppError('report_unknown', `no report ${id}`);
	return found;
}

async function withNotices({ db }: Database): Promise<string[]> {
	const rows = await db
		.selectFrom('report_marks')
		.select('report')
		.distinct()
		.where('kind', '=', 'abuse')
		.limit(1_000)
		.execute();
	return rows.map(({ report }) => report);
}

/** What a stranger wrote, on one line and without what would move the cursor of a terminal. */
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

async function shown({ database, files }: Desk, { row, photos, confirmations }: Found) {
	const history = await events(database.db, row.id);
	const all = await marks(database.db, row.id);
	const category = categoryOf(row.category);
	return [
		`${row.id}  ${category?.title.fr ?? row.category}  ${row.visibility}  ${row.state}`,
		`received ${secondsTime(row.received_at)} by ${row.source}; ${category?.agency ?? ''}`,
		row.lat === null ? 'no place' : `geo:${row.lat},${row.lon}  ${oneLine(row.address ?? '')}`,
		...(row.entity === null ? [] : [`from ${oneLine(row.entity)}`]),
		...Object.entries(JSON.parse(row.answers) as Record<string, string | string[]>).map(
			([code, answer]) => `  ${code}: ${oneLine([answer].flat().join(', '))}`
		),
		...row.description.split('\n').map((line) => `| ${oneLine(line)}`),
		...(row.public_description === null ? [] : [`public: ${oneLine(row.public_description)}`]),
		`contact: ${[row.contact_name, row.contact_email, row.contact_phone].map((part) => oneLine(part ?? '-')).join('  ')}`,
		...photos.map(
			(photo) => `photo ${photo.n}${photo.public ? '' : ' (not public)'}: ${files.path(photo.file)}`
		),
		`${confirmations} confirmation(s), ${all.filter(({ kind }) => kind === 'follow').length} follower(s)`,
		...history.map(
			({ at, kind, state, reason }) =>
				`${secondsTime(at)}  ${kind}  ${state}  ${oneLine(reason ?? '')}`
		),
		...all
			.filter(({ words }) => words !== null)
			.map(({ at, kind, words }) => `${secondsTime(at)}  ${kind}: ${oneLine(words ?? '')}`)
	].join('\n');
}

function parse(args: string[]) {
	try {
		return parseArgs({
			args,
			allowPositionals: true,
			options: {
				unchecked: { type: 'boolean', default: false },
				hidden: { type: 'boolean', default: false },
				published: { type: 'boolean', default: false },
				abuse: { type: 'boolean', default: false },
				open: { type: 'boolean', default: false },
				closed: { type: 'boolean', default: false },
				limit: { type: 'string', default: '100' },
				days: { type: 'string', default: String(CONTACT_DAYS) },
				text: { type: 'string' },
				reason: { type: 'string' },
				expected: { type: 'string' },
				of: { type: 'string' },
				'without-photo': { type: 'string', multiple: true }
			}
		});
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
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

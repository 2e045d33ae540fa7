import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Config, InfluxConfig } from '../config.ts';
import { InfluxClient, type Cell, type Table } from '../history/influx-client.ts';
import { databases, ping } from '../history/influx-server.ts';

const PAGE = 5_000;
/** A point about to go away is not written: the server would refuse it, and its neighbours with it. */
const MARGIN_MS = 60_000;
const DAY_MS = 86_400_000;

const quoted = (name: string) => `"${name.replace(/["\\]/g, '\\$&')}"`;
const escaped = (name: string) => name.replace(/[,= ]/g, '\\$&');

type Types = ReadonlyMap<string, string>;

/** What signs in to write and create: the admin where there is one. */
const clientOf = ({ url, credential, admin }: InfluxConfig) =>
	new InfluxClient(url, admin ?? credential);

/** The buckets, and the days each keeps. */
function bucketsOf({ bucket }: InfluxConfig, days: Config['history']) {
	const { raw, quarter, hour, kept } = databases(bucket);
	return [
		[raw, days.rawDays],
		[quarter, days.quarterDays],
		[hour, days.hourDays],
		[kept, Infinity]
	] as const;
}

const first = (tables: readonly Table[], at: number) =>
	tables.flatMap(({ values }) => values.map((row) => String(row[at])));

/** Values (fields, not points) of each bucket. Throws where one cannot be read. */
export async function countValues(
	config: InfluxConfig,
	days: Config['history']
): Promise<Record<string, number>> {
	const client = clientOf(config);
	const counts: Record<string, number> = {};
	for (const [bucket] of bucketsOf(config, days)) {
		counts[bucket] = 0;
		for (const name of first(await client.query(bucket, 'SHOW MEASUREMENTS'), 0))
			for (const { values } of await client.query(bucket, `SELECT count(*) FROM ${quoted(name)}`))
				counts[bucket] += (values[0] ?? []).slice(1).reduce<number>((n, v) => n + Number(v), 0);
	}
	return counts;
}

/**
 * Writes each bucket as line protocol, through `/query` in pages of bounded size: the same for InfluxDB 1.x and 2.x, and a
 * backup of the one can be restored on the other.
 */
export async function backupInflux(config: InfluxConfig, days: Config['history'], folder: string) {
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	const client = clientOf(config);
	const version = await ping(client);
	const counts: Record<string, number> = {};
	for (const [bucket] of bucketsOf(config, days)) {
		const file = fs.openSync(path.join(folder, `${bucket}.lp`), 'wx', 0o600);
		let values = 0;
		try {
			for await (const [text, n] of linesOf(client, bucket)) {
				fs.writeSync(file, text);
				values += n;
			}
		} finally {
			fs.closeSync(file);
		}
		counts[bucket] = values;
	}
	return { counts, version };
}

async function* linesOf(
	client: InfluxClient,
	bucket: string
): AsyncGenerator<readonly [text: string, values: number]> {
	for (const name of first(await client.query(bucket, 'SHOW MEASUREMENTS'), 0)) {
		const from = quoted(name);
		const types: Types = new Map(
			(await client.query(bucket, `SHOW FIELD KEYS FROM ${from}`)).flatMap(({ values }) =>
				values.map((row) => [String(row[0]), String(row[1])] as const)
			)
		);
		const entities = first(
			await client.query(bucket, `SHOW TAG VALUES FROM ${from} WITH KEY = "entity"`),
			1
		);
		for (const who of entities) {
			let after: number | undefined;
			for (;;) {
				// Every series of the entity (it may have moved to another district) has a limit of its own.
				const tables = await client.query(
					bucket,
					`SELECT * FROM ${from} WHERE "entity" = $who${after === undefined ? '' : ` AND time > ${after}ms`} ` +
						`GROUP BY * ORDER BY time ASC LIMIT ${PAGE}`,
					{ who }
				);
				// What one series still holds back must not be passed over on behalf of another.
				const until = Math.min(
					...tables
						.filter(({ values }) => values.length === PAGE)
						.map(({ values }) => Number(values.at(-1)?.[0]))
				);
				yield toLines(name, types, tables, until);
				if (until === Infinity) break;
				after = until;
			}
		}
	}
}

function toLines(name: string, types: Types, tables: readonly Table[], until: number) {
	let text = '';
	let n = 0;
	for (const { tags, columns, values } of tables) {
		const labels = Object.entries(tags)
			.filter(([, value]) => value !== '')
			.map(([key, value]) => `,${escaped(key)}=${escaped(value)}`);
		const head = escaped(name) + labels.join('');
		for (const [t, ...cells] of values) {
			if (Number(t) > until) break;
			const fields = cells.flatMap((cell, i) => {
				const key = columns[i + 1] ?? '';
				return cell === null ? [] : [`${escaped(key)}=${literal(cell, types.get(key))}`];
			});
			if (fields.length === 0) continue;
			text += `${head} ${fields.join(',')} ${t}\n`;
			n += fields.length;
		}
	}
	return [text, n] as const;
}

function literal(cell: Cell, type: string | undefined): string {
	if (typeof cell === 'string') return `"${cell.replace(/["\\]/g, '\\$&')}"`;
	return `${String(cell)}${type === 'integer' ? 'i' : ''}`;
}

/**
 * Writes the lines of a backup, but for those the bucket no longer keeps. Returns the values each bucket should now hold
 * at least.
 */
export async function restoreInflux(
	config: InfluxConfig,
	days: Config['history'],
	folder: string,
	{ bucket: former, now }: { bucket: string; now: number }
): Promise<Record<string, number>> {
	const client = clientOf(config);
	const wanted: Record<string, number> = {};
	const before = databases(former);
	const sources = [before.raw, before.quarter, before.hour, before.kept];
	for (const [i, [bucket, kept]] of bucketsOf(config, days).entries()) {
		wanted[bucket] = 0;
		const file = path.join(folder, `${sources[i] ?? bucket}.lp`);
		if (!fs.existsSync(file)) continue;
		let page: string[] = [];
		const since = now - kept * DAY_MS + MARGIN_MS;
		for await (const line of createInterface({ input: fs.createReadStream(file) })) {
			if (Number(line.slice(line.lastIndexOf(' ') + 1)) < since) continue;
			wanted[bucket] += fieldsIn(line);
			page.push(line);
			if (page.length < PAGE) continue;
			await client.write(bucket, page);
			page = [];
		}
		if (page.length > 0) await client.write(bucket, page);
	}
	return wanted;
}

/** How many fields a line has: one more than the commas between its two bare spaces. */
function fieldsIn(line: string): number {
	let fields = 1;
	let part = 0;
	let inText = false;
	for (let i = 0; i < line.length; i++) {
		const c = line[i];
		if (c === '\\') i++;
		else if (c === '"' && part === 1) inText = !inText;
		else if (inText) continue;
		else if (c === ' ') part++;
		else if (c === ',' && part === 1) fields++;
	}
	return fields;
}

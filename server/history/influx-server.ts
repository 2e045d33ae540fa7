import * as v from 'valibot';
import type { Config, InfluxConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { identifier, InfluxClient, InfluxError } from './influx-client.ts';

/** What this adapter was run against, whole suite included. */
const TESTED = ['1.6.7'];

/** One database (1.x, 3) or bucket (2.x) per retention, never a retention policy by name: all versions know that. */
export function databases(bucket: string) {
	return {
		raw: bucket,
		quarter: `${bucket}_15m`,
		hour: `${bucket}_1h`,
		/** Imported readings and their rollups, in measurements of their own: kept for ever. */
		kept: `${bucket}_import`
	};
}

/** The version a server says it is. Throws where there is none at that address. */
export async function ping(client: InfluxClient): Promise<string> {
	let version: string | undefined;
	await client.request('/ping', '', { method: 'GET' }, (headers) => {
		const header = headers['x-influxdb-version'];
		version = Array.isArray(header) ? header[0] : header;
	});
	return (version ?? 'unknown').replace(/^v/, '');
}

/**
 * Looks at the server and creates the databases it lacks where a credential allows it: the admin's, or none on a server
 * that asks for none. Throws with a sentence for the operator where it cannot be used yet.
 */
export async function prepare(
	config: InfluxConfig,
	retention: Config['history'],
	log: Log
): Promise<string> {
	const client = new InfluxClient(config.url, config.credential);
	const version = await ping(client);
	if (!TESTED.some((tested) => version.startsWith(tested)))
		log.warn({ version, tested: TESTED }, 'InfluxDB of another version than tested');
	const { raw, quarter, hour, kept } = databases(config.bucket);
	const wanted: [name: string, days: number | undefined][] = [
		[raw, retention.rawDays],
		[quarter, retention.quarterDays],
		[hour, retention.hourDays],
		[kept, undefined]
	];
	const { token, username } = config.credential;
	const open = token === undefined && username === undefined;
	const admin = config.admin ?? (open ? config.credential : undefined);
	if (admin) {
		const create = new InfluxClient(config.url, admin);
		const major = Number.parseInt(version);
		if (major === 2) await create2(create, config.org, wanted, log);
		else if (major === 3) await create3(create, wanted, log);
		else await create1(create, wanted, username, log);
	}
	for (const [name] of wanted)
		await client.query(name, 'SHOW MEASUREMENTS LIMIT 1').catch((error: unknown) => {
			if (!(error instanceof InfluxError)) throw error;
			throw new InfluxError(error.status, `database ${name} cannot be used: ${error.message}`);
		});
	return version;
}

type Wanted = readonly [name: string, days: number | undefined][];

async function create1(client: InfluxClient, wanted: Wanted, user: string | undefined, log: Log) {
	const tables = await client.query('', 'SHOW DATABASES');
	const present = new Set(tables.flatMap(({ values }) => values.map(([name]) => name)));
	for (const [name, days] of wanted) {
		if (present.has(name)) continue;
		const duration = days === undefined ? 'INF' : `${days}d`;
		await client.query(
			'',
			`CREATE DATABASE ${identifier(name)} WITH DURATION ${duration} REPLICATION 1 NAME "autogen"`
		);
		if (user !== undefined && /^[\w.@-]+$/.test(user))
			await client
				.query('', `GRANT ALL ON ${identifier(name)} TO "${user}"`)
				.catch((error: unknown) => log.warn({ err: error, name }, 'InfluxDB grant failed'));
		log.info({ name, days }, 'InfluxDB database created');
	}
}

const orgs = v.object({ orgs: v.array(v.object({ id: v.string(), name: v.string() })) });
const buckets = v.object({ buckets: v.array(v.object({ name: v.string() })) });

async function create2(client: InfluxClient, org: string | undefined, wanted: Wanted, log: Log) {
	const json = { 'content-type': 'application/json', accept: 'application/json' };
	const get = (path: string) => client.request(path, '', { method: 'GET', headers: json });
	const found = v.parse(orgs, await get('/api/v2/orgs')).orgs;
	const mine =
		org === undefined ? found : found.filter(({ id, name }) => id === org || name === org);
	const [only] = mine;
	if (!only || mine.length > 1)
		throw new InfluxError(400, 'INFLUX_ORG must name one organisation the admin token sees');
	for (const [name, days] of wanted) {
		const query = new URLSearchParams({ orgID: only.id, name });
		const present = await get(`/api/v2/buckets?${query}`).then(
			(body) => v.parse(buckets, body).buckets.length > 0,
			(error: unknown) => {
				if (error instanceof InfluxError && error.status === 404) return false;
				throw error;
			}
		);
		if (present) continue;
		const rules = days === undefined ? [] : [{ type: 'expire', everySeconds: days * 86_400 }];
		await client.request(
			'/api/v2/buckets',
			JSON.stringify({ orgID: only.id, name, retentionRules: rules }),
			{ method: 'POST', headers: json }
		);
		log.info({ name, days }, 'InfluxDB bucket created');
	}
}

async function create3(client: InfluxClient, wanted: Wanted, log: Log) {
	const headers = { 'content-type': 'application/json', accept: 'application/json' };
	for (const [name, days] of wanted) {
		const body = { db: name, ...(days !== undefined && { retention_period: `${days}d` }) };
		const made = await client
			.request('/api/v3/configure/database', JSON.stringify(body), { method: 'POST', headers })
			.then(
				() => true,
				(error: unknown) => {
					// 409: it is there already.
					if (error instanceof InfluxError && error.status === 409) return false;
					throw error;
				}
			);
		if (made) log.info({ name, days }, 'InfluxDB database created');
	}
}

import * as v from 'valibot';
import type { Config } from '../config.ts';
import { InfluxClient, InfluxError } from '../history/influx-client.ts';
import { databases } from '../history/influx-server.ts';

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const named = v.object({ id: v.string(), name: v.string() });
const orgs = v.object({ orgs: v.array(named) });
const buckets = v.object({ buckets: v.array(named) });
const allowed = v.object({ allowed: v.boolean() });
const authorization = v.object({
	id: v.string(),
	token: v.optional(v.string()),
	description: v.optional(v.string())
});
const authorizations = v.object({ authorizations: v.array(authorization) });

/** Who gets a token, and what for: the intake keeps and reads history, all others only read it. */
export const TOKENS = {
	intake: ['read', 'write'],
	web: ['read'],
	grafana: ['read']
} as const;
export type TokenName = keyof typeof TOKENS;

export interface Admin {
	username: string;
	password: string;
	token: string;
	org: string;
}

/**
 * Prepares InfluxDB 2 over its HTTP API: the first user with the token given, a bucket with its retention per tier, and a
 * token of least right for each reader and writer. `has` says whether a token kept elsewhere still stands; only missing
 * ones are made, because the server shows a token once. Returns the tokens made. Safe to run again.
 */
export async function setUpInflux(
	url: URL,
	admin: Admin,
	bucket: string,
	retention: Config['history'],
	has: (name: TokenName) => boolean
): Promise<Partial<Record<TokenName, string>>> {
	const open = new InfluxClient(url, {
		token: undefined,
		username: undefined,
		password: undefined
	});
	const first = v.parse(
		allowed,
		await open.request('/api/v2/setup', '', { method: 'GET', headers: HEADERS })
	);
	if (first.allowed)
		await open.request(
			'/api/v2/setup',
			JSON.stringify({ ...admin, bucket, retentionPeriodSeconds: retention.rawDays * DAY_S }),
			{ method: 'POST', headers: HEADERS }
		);
	const client = new InfluxClient(url, {
		token: admin.token,
		username: undefined,
		password: undefined
	});
	const get = (path: string) => client.request(path, '', { method: 'GET', headers: HEADERS });
	const post = (path: string, body: unknown) =>
		client.request(path, JSON.stringify(body), { method: 'POST', headers: HEADERS });
	const org = v
		.parse(orgs, await get(`/api/v2/orgs?${new URLSearchParams({ org: admin.org })}`))
		.orgs.find(({ name }) => name === admin.org);
	if (!org) throw new InfluxError(404, `organisation ${admin.org} is not on this server`);

	const names = databases(bucket);
	const wanted: [name: string, days: number | undefined][] = [
		[names.raw, retention.rawDays],
		[names.quarter, retention.quarterDays],
		[names.hour, retention.hourDays],
		[names.kept, undefined]
	];
	const list = `/api/v2/buckets?${new URLSearchParams({ orgID: org.id, limit: '100' })}`;
	const before = v.parse(buckets, await get(list)).buckets;
	for (const [name, days] of wanted) {
		if (before.some((each) => each.name === name)) continue;
		const retentionRules =
			days === undefined ? [] : [{ type: 'expire', everySeconds: days * DAY_S }];
		await post('/api/v2/buckets', { orgID: org.id, name, retentionRules });
	}
	const ids = v
		.parse(buckets, await get(list))
		.buckets.filter(({ name }) => wanted.some(([each]) => each === name))
		.map(({ id }) => id);

	const made: Partial<Record<TokenName, string>> = {};
	const standing = v.parse(
		authorizations,
		await get(`/api/v2/authorizations?${new URLSearchParams({ orgID: org.id })}`)
	).authorizations;
	for (const name of Object.keys(TOKENS) as TokenName[]) {
		if (has(name)) continue;
		const description = `capitoul ${name}`;
		// One whose text was lost serves nobody any more.
		for (const { id } of standing.filter((each) => each.description === description))
			await client.request(`/api/v2/authorizations/${id}`, '', {
				method: 'DELETE',
				headers: HEADERS
			});
		const permissions = ids.flatMap((id) =>
			TOKENS[name].map((action) => ({ action, resource: { type: 'buckets', id, orgID: org.id } }))
		);
		const answer = v.parse(
			authorization,
			await post('/api/v2/authorizations', { orgID: org.id, description, permissions })
		);
		if (answer.token === undefined)
			throw new InfluxError(500, 'the server made a token and did not show it');
		made[name] = answer.token;
	}
	return made;
}

const DAY_S = 86_400;

import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import * as v from 'valibot';
import type { InfluxCredential } from '../config.ts';

export type Cell = string | number | boolean | null;

export interface Table {
	tags: Record<string, string>;
	columns: string[];
	values: Cell[][];
}

/** The server answered, and not with what was asked: `status` as HTTP has it, 200 where the answer itself says no. */
export class InfluxError extends Error {
	override readonly name = 'InfluxError';
	readonly status: number;
	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

const TIMEOUT_MS = 15_000;
const cell = v.union([v.string(), v.number(), v.boolean(), v.null()]);
const answer = v.object({
	error: v.optional(v.string()),
	results: v.optional(
		v.array(
			v.object({
				error: v.optional(v.string()),
				series: v.optional(
					v.array(
						v.object({
							tags: v.optional(v.record(v.string(), v.string()), {}),
							columns: v.array(v.string()),
							values: v.optional(v.array(v.array(cell)), [])
						})
					)
				)
			})
		),
		[]
	)
});

/** A name as InfluxQL quotes it. Ours are words; anything else is refused rather than escaped. */
export function identifier(name: string): string {
	if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) throw new RangeError(`"${name}" is not a name`);
	return `"${name}"`;
}

/**
 * The endpoints that exist in InfluxDB 1.x, 2.x and 3.x alike: v1 `/write` and `/query` with InfluxQL. The official
 * client carries the requests and the credential.
 */
export class InfluxClient {
	#client: InfluxDB;

	constructor(url: URL, { token, username, password }: InfluxCredential) {
		const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
		this.#client = new InfluxDB({
			url: url.href,
			timeout: TIMEOUT_MS,
			...(token !== undefined && { token }),
			...(username !== undefined && { headers: { Authorization: `Basic ${basic}` } })
		});
	}

	/** Any request of the server's own API. Throws `InfluxError`, or what the network says. */
	async request(
		path: string,
		body: string,
		options: { method: string; headers?: Record<string, string>; gzipThreshold?: number },
		started?: (headers: Record<string, string | string[] | undefined>) => void
	): Promise<unknown> {
		try {
			return await this.#client.transport.request(path, body, options, started);
		} catch (error) {
			if (error instanceof HttpError)
				throw new InfluxError(error.statusCode, reason(error.body) ?? error.message);
			throw error;
		}
	}

	/** Resolves once all lines are stored. A 400 may still have stored the good ones. */
	async write(db: string, lines: readonly string[]): Promise<void> {
		await this.request(`/write?${new URLSearchParams({ db, precision: 'ms' })}`, lines.join('\n'), {
			method: 'POST',
			// Not compressed: the database is near, and compressing costs more than all else that is done with a line.
			headers: { 'content-type': 'text/plain; charset=utf-8' }
		});
	}

	/** One statement; values only ever as bound parameters. Throws `InfluxError`, also for an error inside a 200. */
	async query(db: string, q: string, params: Record<string, Cell> = {}): Promise<Table[]> {
		const response = await this.request(
			`/query?${new URLSearchParams({ db, epoch: 'ms' })}`,
			new URLSearchParams({ q, params: JSON.stringify(params) }).toString(),
			{
				method: 'POST',
				headers: {
					'content-type': 'application/x-www-form-urlencoded',
					accept: 'application/json'
				}
			}
		);
		const { error, results } = v.parse(answer, response);
		const failure = error ?? results.find((result) => result.error !== undefined)?.error;
		if (failure !== undefined) throw new InfluxError(200, failure);
		return results.flatMap(({ series = [] }) => series);
	}
}

function reason(body: string | undefined): string | undefined {
	if (body === undefined) return undefined;
	try {
		const parsed = v.parse(
			v.object({ error: v.optional(v.string()), message: v.optional(v.string()) }),
			JSON.parse(body)
		);
		return parsed.error ?? parsed.message;
	} catch {
		return body.slice(0, 200);
	}
}

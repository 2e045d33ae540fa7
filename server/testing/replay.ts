import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a feed may do instead of answering well. */
export type Fault =
	| 'error-500'
	| 'too-many' // 429 with Retry-After
	| 'html'
	| 'half-json'
	| 'interrupted' // a portal's export that breaks after its 200
	| 'huge' // 50 MB
	| 'silent'; // takes the request, says nothing for a minute

export interface Asked {
	path: string;
	headers: http.IncomingHttpHeaders;
	/** What it was answered; 0 while a silent one waits. */
	status: number;
}

type Respond = (url: URL) => unknown;

/**
 * A local server that replays feeds, recorded or invented, and misbehaves on demand. Mount feeds with `serve` or with one
 * of the functions below. Answers are JSON with a strong ETag, and a request that names it gets 304.
 */
export class Replay {
	readonly asked: Asked[] = [];
	/** Extra headers for answers below a path. */
	readonly headers = new Map<string, Record<string, string>>();
	retryAfterSeconds = 60;
	/** Datasets of the first API version, which names them in the query. */
	readonly formerDatasets = new Map<string, Respond>();
	#routes = new Map<string, Respond>();
	#faults = new Map<string, Fault>();
	#server = http.createServer((request, response) => this.#answer(request, response));

	/** Starts on a free loopback port. */
	static async start(): Promise<Replay> {
		const replay = new Replay();
		await new Promise<void>((resolve) => replay.#server.listen(0, '127.0.0.1', resolve));
		return replay;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Answers GETs of exactly this path (decoded) with what `respond` returns; undefined is a 404. */
	serve(path: string, respond: Respond): void {
		this.#routes.set(path, respond);
	}

	/** Every path that begins so misbehaves from now on; without a fault it is well again. */
	misbehave(prefix: string, fault?: Fault): void {
		if (fault) this.#faults.set(prefix, fault);
		else this.#faults.delete(prefix);
	}

	/** How often paths that begin so were asked. */
	count(prefix: string): number {
		return this.asked.filter(({ path }) => path.startsWith(prefix)).length;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#answer(request: http.IncomingMessage, response: http.ServerResponse): void {
		const url = new URL(request.url ?? '/', this.url);
		const path = decodeURIComponent(url.pathname);
		const asked: Asked = { path, headers: request.headers, status: 0 };
		this.asked.push(asked);
		response.once('finish', () => (asked.status = response.statusCode));
		const fault = [...this.#faults].find(([prefix]) => path.startsWith(prefix))?.[1];
		const json = this.#routes.get(path)?.(url);
		const body = JSON.stringify(json ?? { message: 'no such dataset', error_code: 'NotFound' });
		const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
		for (const [prefix, extra] of this.headers)
			if (path.startsWith(prefix)) Object.assign(headers, extra);
		if (fault) return misbehave(response, fault, body, this.retryAfterSeconds);
		if (json === undefined) return void response.writeHead(404, headers).end(body);
		const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
		headers['etag'] = etag;
		if (request.headers['if-none-match'] === etag)
			return void response.writeHead(304, headers).end();
		response.writeHead(200, headers).end(body);
	}
}

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');
const SILENCE_MS = 60_000;

function misbehave(
	response: http.ServerResponse,
	fault: Fault,
	body: string,
	retryAfter: number
): void {
	const json = { 'content-type': 'application/json' };
	switch (fault) {
		case 'error-500':
			return void response
				.writeHead(500, json)
				.end('{"message":"down","error_code":"ServerError"}');
		case 'too-many':
			response.writeHead(429, { ...json, 'retry-after': String(retryAfter) });
			return void response.end(
				'{"errorcode":10002,"error":"Too many requests","call_limit":10000}'
			);
		case 'html':
			response.writeHead(200, { 'content-type': 'text/html' });
			return void response.end('<!doctype html><title>Maintenance</title>');
		case 'half-json':
			return void response.writeHead(200, json).end(body.slice(0, body.length / 2));
		case 'interrupted':
			response.writeHead(200, json);
			return void response.end(
				`${body.slice(0, -1)}\nStreaming interrupted due to the following error: timed out (error_code: QueryTimeout)`
			);
		case 'silent': {
			const timer = setTimeout(() => response.destroy(), SILENCE_MS);
			return void response.once('close', () => clearTimeout(timer));
		}
		case 'huge': {
			response.writeHead(200, json).write('[');
			let left = 50;
			const more = () => {
				while (left-- > 0) if (!response.write(MEGABYTE)) return void response.once('drain', more);
				response.end(']');
			};
			more();
		}
	}
}

const TIME_KEYS =
	/^(last_?update|last_updated|last_reported|heure_(utc|de_paris)|date_(debut|fin|ech|dif)|observedAt|dateObserved|observationDateTime)$/i;

/** Every time in a feed's JSON, found by the names that feeds give their times. */
function eachTime(json: unknown, change: (ms: number) => number): unknown {
	if (Array.isArray(json)) return json.map((item) => eachTime(item, change));
	if (typeof json !== 'object' || json === null) return json;
	const dated = 'type' in json && json.type === 'DateTime';
	return Object.fromEntries(
		Object.entries(json).map(([key, value]) => {
			if (!TIME_KEYS.test(key) && !(dated && key === 'value'))
				return [key, eachTime(value, change)];
			if (typeof value === 'string') {
				const ms = Date.parse(value);
				return [
					key,
					Number.isNaN(ms) ? value : new Date(change(ms)).toISOString().replace('Z', '+00:00')
				];
			}
			if (typeof value !== 'number' || value <= 0) return [key, value];
			return [key, value > 1e11 ? change(value) : Math.round(change(value * 1000) / 1000)];
		})
	);
}

/**
 * The same JSON with all its times moved together so that the newest is `newest` (ms), each in the form it had. With
 * `step` (ms) they move by a multiple of it, so that hours stay hours and days days.
 */
export function shifted<T>(json: T, newest: number, step = 1): T {
	let latest = -Infinity;
	eachTime(json, (ms) => {
		latest = Math.max(latest, ms);
		return ms;
	});
	const by = Math.floor((newest - latest) / step) * step;
	return eachTime(json, (ms) => ms + by) as T;
}

/** Mounts a dataset as a portal serves it: v2.1 `/records` and `/exports/json`, v2.0, and v1. Returns its v2.1 address. */
export function serveDataset(
	replay: Replay,
	id: string,
	rows: () => readonly Record<string, unknown>[]
): string {
	const window = (url: URL, limit: string, offset: string) => {
		const from = Number(url.searchParams.get(offset) ?? 0);
		return ordered(rows(), url.searchParams.get('order_by')).slice(
			from,
			from + Number(url.searchParams.get(limit) ?? 10)
		);
	};
	const base = `/api/explore/v2.1/catalog/datasets/${id}`;
	replay.serve(`${base}/exports/json`, () => rows());
	replay.serve(`${base}/records`, (url) => ({
		total_count: rows().length,
		results: window(url, 'limit', 'offset')
	}));
	replay.serve(`/api/v2/catalog/datasets/${id}/records`, (url) => ({
		total_count: rows().length,
		links: [],
		records: window(url, 'limit', 'offset').map((fields) => ({
			links: [],
			record: { id: '0', fields }
		}))
	}));
	// v1 names its dataset in the query, and has no empty fields.
	const former = replay.formerDatasets;
	former.set(id, (url) => ({
		nhits: rows().length,
		parameters: { dataset: id },
		records: window(url, 'rows', 'start').map((fields) => ({
			datasetid: id,
			recordid: '0',
			fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
		}))
	}));
	replay.serve('/api/records/1.0/search/', (url) =>
		former.get(url.searchParams.get('dataset') ?? '')?.(url)
	);
	return `${replay.url}${base}`;
}

function ordered(rows: readonly Record<string, unknown>[], order: string | null) {
	const [field, direction] = order?.split(' ') ?? [];
	if (!field) return rows;
	const sign = direction === 'desc' ? -1 : 1;
	const key = (row: Record<string, unknown>) => row[field] as string | number;
	return [...rows].sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}

/** Mounts a GBFS system from its files by name, with an auto-discovery file as its version has it. Returns its address. */
export function serveGbfs(
	replay: Replay,
	path: string,
	version: '2.3' | '3.0',
	files: () => Readonly<Record<string, unknown>>
): string {
	for (const name of Object.keys(files()))
		replay.serve(`${path}/${name}.json`, () => files()[name]);
	replay.serve(`${path}/gbfs.json`, () => {
		const feeds = Object.keys(files()).map((name) => ({
			name,
			url: `${replay.url}${path}/${name}.json`
		}));
		return version === '2.3'
			? { last_updated: 1, ttl: 0, version, data: { en: { feeds }, fr: { feeds } } }
			: { last_updated: '2026-01-01T00:00:00Z', ttl: 0, version, data: { feeds } };
	});
	return `${replay.url}${path}/gbfs.json`;
}

/** Mounts an ArcGIS layer that answers by pages, in `f=json`. Returns its address. */
export function serveArcgis(
	replay: Replay,
	service: string,
	features: () => readonly unknown[],
	pageSize = 1_000
): string {
	const path = `/arcgis/rest/services/${service}/FeatureServer/0`;
	replay.serve(`${path}/query`, (url) => {
		const from = Number(url.searchParams.get('resultOffset') ?? 0);
		const page = features().slice(from, from + pageSize);
		return {
			features: page,
			...(from + pageSize < features().length && { exceededTransferLimit: true })
		};
	});
	return `${replay.url}${encodeURI(path)}`;
}

/**
 * Mounts a recorded file of a dataset where a portal would serve it: a GeoJSON file as v2.1's export, bare v1 records as
 * pages of v1. With `metas` the catalogue knows it too.
 */
export function serveFile(
	replay: Replay,
	id: string,
	file: () => unknown,
	metas?: Readonly<Record<string, unknown>>
): void {
	const base = `/api/explore/v2.1/catalog/datasets/${id}`;
	if (metas) replay.serve(base, () => ({ dataset_id: id, metas: { default: metas } }));
	if (!Array.isArray(file())) return replay.serve(`${base}/exports/geojson`, file);
	const former = replay.formerDatasets;
	former.set(id, (url) => {
		const records = file() as unknown[];
		const start = Number(url.searchParams.get('start') ?? 0);
		return {
			nhits: records.length,
			parameters: { dataset: id },
			records: records.slice(start, start + Number(url.searchParams.get('rows') ?? 10))
		};
	});
	replay.serve('/api/records/1.0/search/', (url) =>
		former.get(url.searchParams.get('dataset') ?? '')?.(url)
	);
}

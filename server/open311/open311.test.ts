import { randomUUID } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Bbox } from '../../src/lib/geo.ts';
import { CATEGORIES_CHANGED } from '../../src/lib/reports/categories.ts';
import type { Database } from '../database/database.ts';
import { silent } from '../log.ts';
import { setState, setVisibility } from '../reports/desk.ts';
import { addKey } from '../reports/keys.ts';
import { aPhoto, reportsOver } from '../reports/testing.ts';
import { openEmpty } from '../testing/databases.ts';
import { createOpen311, type Open311 } from './open311.ts';

const AREA: Bbox = [1.2, 43.51, 1.64, 43.77];
const ORIGIN = 'https://capitoul.example';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
const DAY = 86_400_000;

let database: Database;
let open311: Open311;
let made: ReturnType<typeof reportsOver>;
let key = '';
let now = 0;
beforeEach(async () => {
	await made?.reports.close();
	await database?.close();
	now = Date.parse('2026-11-25T09:00:00.500Z');
	database = await openEmpty();
	made = reportsOver(database, () => now);
	open311 = createOpen311({ reports: made.reports, area: AREA, log: silent });
	key = await addKey(database, 'fixmystreet', now);
});
afterAll(async () => {
	await made.reports.close();
	await database.close();
});

const ask = (path: string, init?: RequestInit) =>
	open311({
		request: new Request(`${ORIGIN}/open311/${path}`, init),
		path: path.split('?', 1)[0] ?? '',
		origin: ORIGIN,
		address: '192.0.2.1'
	});

/** Lists of one are lists too: what repeats is known by its container. */
const CHILDREN = 'service attribute value request request_update error endpoint format note'.split(
	' '
);
const parser = new XMLParser({
	parseTagValue: false,
	trimValues: false,
	ignoreDeclaration: true,
	isArray: (name, path) =>
		CHILDREN.includes(name) && !/values\.value\.|attributes\.attribute\.value$/.test(String(path))
});
const NUMBERS = new Set(['lat', 'long', 'order', 'confirmations']);
const BOOLEANS = new Set(['metadata', 'required', 'variable']);
const CONTAINERS = new Set(
	'services attributes values service_requests errors endpoints formats notes'.split(' ')
);

/** XML as JSON: the mapping of open311.md, section 1, written again from its words. */
function spark(name: string, value: unknown): unknown {
	if (CONTAINERS.has(name)) {
		if (typeof value !== 'object' || value === null) return [];
		return Object.values(value)
			.flat()
			.map((one) => spark('', one));
	}
	if (typeof value === 'object' && value !== null)
		return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spark(key, one)]));
	if (value === '') return null;
	if (NUMBERS.has(name)) return Number(value);
	if (BOOLEANS.has(name)) return value === 'true';
	return value;
}

/** Both formats of one GET, after the mapping; they must say the same. */
async function both(path: string, query = ''): Promise<{ status: number; json: never }> {
	const xml = await ask(`${path}.xml${query}`);
	const json = await ask(`${path}.json${query}`);
	expect(xml.headers.get('content-type')).toBe('text/xml; charset=utf-8');
	expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
	expect(xml.headers.get('access-control-allow-origin')).toBe('*');
	const text = await xml.text();
	expect(text).toMatch(/^<\?xml version="1\.0" encoding="utf-8"\?>/);
	const [[root = '', value] = []] = Object.entries(parser.parse(text) as Record<string, unknown>);
	const said = (await json.json()) as never;
	expect(spark(root, value)).toEqual(said);
	expect(xml.status).toBe(json.status);
	return { status: json.status, json: said };
}

type Fields = [name: string, value: string][];
const GOOD: Fields = [
	['service_code', 'voirie'],
	['lat', '43.604500'],
	['long', '1.444200'],
	['description', 'Trou'],
	['attribute[quoi]', 'trou'],
	['attribute[ou]', 'trottoir'],
	['attribute[danger]', 'non']
];
const without = (...names: string[]) => GOOD.filter(([name]) => !names.includes(name));
const withIt = (...more: Fields) => [
	...GOOD.filter(([name]) => !more.some(([other]) => other === name)),
	...more
];

const post = (fields: Fields, format = 'xml', headers: Record<string, string> = {}, query = '') =>
	ask(`v2/requests.${format}${query}`, {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
		body: new URLSearchParams(fields).toString()
	});
const keyed = (fields: Fields): Fields => [['api_key', key], ...fields];

interface Request {
	service_request_id: string;
	status: string;
	description: string | null;
	requested_datetime: string;
	updated_datetime: string;
}

async function accepted(fields: Fields, headers: Record<string, string> = {}): Promise<string> {
	const response = await post(keyed(fields), 'json', headers);
	const said = (await response.json()) as Request[];
	expect(response.status, JSON.stringify(said)).toBe(200);
	expect(response.headers.get('access-control-allow-origin')).toBeNull();
	return said[0]?.service_request_id ?? '';
}

const publish = (report: string) =>
	setVisibility(database, { report, visibility: 'published', now });
const listed = async (query = '') =>
	(await both('v2/requests', query)).json as unknown as Request[];

test('discovery, services and definitions say the same in XML and JSON', async () => {
	const { json: discovery } = await both('discovery');
	expect(discovery).toMatchObject({
		changeset: CATEGORIES_CHANGED,
		endpoints: [
			{
				specification: 'http://wiki.open311.org/GeoReport_v2',
				url: `${ORIGIN}/open311/v2/`,
				type: 'production',
				formats: ['text/xml', 'application/json']
			}
		]
	});
	const { json } = await both('v2/services', '?jurisdiction_id=');
	const services = json as unknown as { service_code: string; metadata: boolean; type: string }[];
	expect(services.length).toBeGreaterThan(9);
	for (const { service_code: code, metadata, type } of services) {
		expect(type).toBe('realtime');
		const { json } = await both(`v2/services/${code}`, '?jurisdiction_id=toulouse.fr');
		const { attributes } = json as unknown as { attributes: { values: unknown }[] };
		expect(attributes.length > 0).toBe(metadata);
		for (const { values } of attributes) expect(values).toBeInstanceOf(Array);
	}
	expect((await both('v2//services')).status).toBe(200);
});

test.each([
	['v2/services/licorne', '', 404],
	['v2/services', '?jurisdiction_id=paris.fr', 404],
	['v2/services/voirie', '?jurisdiction_id=paris.fr', 404],
	['v2/requests/none', '', 404],
	['v2/tokens/none', '', 404],
	['v2/other', '', 404],
	['v3/services', '', 404],
	['v2/requests', '?status=solved', 400],
	['v2/requests', '?start_date=2026-01-01', 400],
	['v2/requests', '?start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z', 400],
	['v2/requests', '?page=0', 400],
	['v2/requests', '?page_size=1001', 400]
])('%s%s is refused with %i in either format', async (path, query, status) => {
	const { status: said, json } = await both(path, query);
	expect(said).toBe(status);
	expect(json).toMatchObject([{ code: String(status) }]);
	expect((json as unknown as { description: string }[])[0]?.description).toMatch(/.+/);
});

test('an extension nobody knows is not found', async () => {
	for (const path of ['v2/services.yaml', 'v2/services', 'discovery.html', ''])
		expect((await ask(path)).status, path).toBe(404);
});

test('none, one and two requests are a list with its root', async () => {
	expect(await listed()).toEqual([]);
	const xml = await (await ask('v2/requests.xml')).text();
	expect(xml).toContain('<service_requests/>');
	await publish(await accepted(GOOD));
	expect(await listed()).toHaveLength(1);
	await publish(await accepted(GOOD));
	expect(await listed()).toHaveLength(2);
});

test.each<[string, () => Fields, number, RegExp]>([
	['no key', () => GOOD, 403, /api_key/],
	['a wrong key', () => [['api_key', 'x'], ...GOOD], 403, /api_key/],
	['no service', () => keyed(without('service_code')), 400, /service_code/],
	['an unknown service', () => keyed(withIt(['service_code', 'licorne'])), 404, /licorne/],
	['no place', () => keyed(without('lat', 'long')), 400, /location/],
	['an empty place', () => keyed(withIt(['lat', ''], ['long', ''])), 400, /location/],
	['a latitude alone', () => keyed(without('long')), 400, /lat and long/],
	['no degrees', () => keyed(withIt(['lat', 'x'])), 400, /degrees/],
	['another city', () => keyed(withIt(['lat', '48.85'], ['long', '2.35'])), 400, /area/],
	['a required answer missing', () => keyed(without('attribute[quoi]')), 400, /attribute\[quoi\]/],
	['no choice of the list', () => keyed(withIt(['attribute[ou]', 'lune'])), 400, /attribute\[ou\]/],
	['4,001 characters', () => keyed(withIt(['description', 'a'.repeat(4_001)])), 400, /description/],
	['another jurisdiction', () => keyed(withIt(['jurisdiction_id', 'paris.fr'])), 404, /paris/]
])('a POST with %s is refused and keeps nothing', async (_what, fields, status, words) => {
	for (const format of ['xml', 'json']) {
		const response = await post(fields(), format);
		const text = await response.text();
		expect(response.status).toBe(status);
		expect(text).toMatch(words);
		expect(text).toMatch(format === 'xml' ? /<errors><error><code>/ : /^\[\{"code":/);
	}
	expect(await database.db.selectFrom('reports').selectAll().execute()).toEqual([]);
});

test('every spelling of several answers keeps them all', async () => {
	const base = withIt(['service_code', 'proprete']).filter(([name]) => !name.includes('['));
	const spellings: Fields[] = [
		[
			['attribute[quoi]', 'verre'],
			['attribute[quoi]', 'seringue']
		],
		[
			['attribute[quoi][]', 'verre'],
			['attribute[quoi][]', 'seringue']
		],
		[
			['attribute[quoi][0]', 'verre'],
			['attribute[quoi][1]', 'seringue']
		]
	];
	for (const fields of spellings) {
		const id = await accepted([...base, ...fields, ['attribute[unknown]', 'x']]);
		const row = await database.db
			.selectFrom('reports')
			.select('answers')
			.where('id', '=', id)
			.executeTakeFirstOrThrow();
		expect(JSON.parse(row.answers)).toEqual({ quoi: ['verre', 'seringue'] });
	}
});

test('a form with photos in parts is taken, the photos are made anew and shown once checked', async () => {
	const form = new FormData();
	for (const [name, value] of keyed(GOOD)) form.append(name, value);
	form.append('photo1', new Blob([new Uint8Array(await aPhoto())]), 'a.jpg');
	form.append('photo2', new Blob([new Uint8Array(await aPhoto('png'))]), 'b.png');
	const response = await ask('v2/requests.json', { method: 'POST', body: form });
	const [said] = (await response.json()) as Request[];
	const id = said?.service_request_id ?? '';
	expect(made.files()).toHaveLength(2);
	await publish(id);
	expect(await listed()).toMatchObject([{ media_url: `${ORIGIN}/api/v1/reports/${id}/photos/1` }]);
});

test('the same Idempotency-Key twice is one report, also at once; another sender’s is its own', async () => {
	const headers = { 'idempotency-key': 'abc' };
	const ids = await Promise.all([accepted(GOOD, headers), accepted(GOOD, headers)]);
	now += 60_000;
	ids.push(await accepted(withIt(['description', 'autre']), headers));
	expect(new Set(ids).size).toBe(1);
	key = await addKey(database, 'other', now);
	expect(await accepted(GOOD, headers)).not.toBe(ids[0]);
});

test('what FixMyStreet sends: no charset, CRLF, the key in the body; Mark-a-Spot: the key in the query', async () => {
	const body =
		`api_key=${key}&jurisdiction_id=toulouse.fr&service_code=proprete&first_name=Jeanne&last_name=Dupont` +
		'&email=jeanne%40example.org&lat=43.604500&long=1.444200' +
		'&description=Verre%0D%0A%0D%0ADu+verre+cass%C3%A9%0D%0A%0D%0Ahttps%3A%2F%2Fexample.org%2F1' +
		'&attribute%5Bquoi%5D=verre&attribute%5Bquoi%5D=papiers';
	const response = await ask('v2/requests.xml', {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body
	});
	const xml = await response.text();
	expect(response.status, xml).toBe(200);
	const [, id = ''] = /<service_request_id>([^<]+)</.exec(xml) ?? [];
	const token = await both(`v2/tokens/${id}`, '?jurisdiction_id=toulouse.fr');
	expect(token.json).toEqual([{ service_request_id: id, token: id }]);
	await publish(id);
	const hour = '?start_date=2026-11-25T08:00:00Z&end_date=2026-11-25T09:00:00Z';
	expect(await listed(`${hour}&jurisdiction_id=toulouse.fr`)).toMatchObject([
		{
			service_request_id: id,
			description: 'Verre\n\nDu verre cassé\n\nhttps://example.org/1',
			lat: 43.6045,
			long: 1.4442
		}
	]);
	const asked = await post(GOOD, 'json', {}, `?api_key=${key}`);
	expect(asked.status).toBe(200);
});

test('nothing personal is in any answer', async () => {
	const id = await accepted(
		withIt(
			['email', 'jeanne@example.org'],
			['phone', '0600000001'],
			['first_name', 'Jeanne'],
			['last_name', 'Dupont'],
			['device_id', 'abcdef-device'],
			['account_id', 'compte-9']
		)
	);
	await publish(id);
	for (const path of [`v2/requests/${id}`, 'v2/requests', `v2/tokens/${id}`])
		for (const format of ['xml', 'json']) {
			const text = await (await ask(`${path}.${format}?extensions=true`)).text();
			expect(text).toContain(id);
			expect(text).not.toMatch(/jeanne|dupont|0600000001|abcdef-device|compte-9/i);
		}
	const kept = JSON.stringify(await database.db.selectFrom('reports').selectAll().execute());
	expect(kept).toContain('jeanne@example.org');
	expect(kept).not.toMatch(/abcdef-device|compte-9/);
});

test('text comes back as it was, but for what XML cannot carry', async () => {
	const id = await accepted(
		withIt(['description', 'é 🚲 <script>alert("1")</script> & \'\r\nsuite\u0000\u0008 ]]>'])
	);
	await publish(id);
	const { json } = await both(`v2/requests/${id}`);
	expect((json as unknown as Request[])[0]?.description).toBe(
		'é 🚲 <script>alert("1")</script> & \'\nsuite ]]>'
	);
});

test('a list is filtered as asked, and every date has a zone and no fraction', async () => {
	const ids: string[] = [];
	for (const [code, age] of [
		['voirie', 100],
		['voirie', 50],
		['proprete', 10]
	] as const) {
		now = Date.parse('2026-11-25T09:00:00.500Z') - age * DAY;
		const fields: Fields =
			code === 'voirie'
				? GOOD
				: [
						...withIt(['service_code', code]).filter(([name]) => !name.includes('[')),
						['attribute[quoi]', 'verre']
					];
		const id = await accepted(fields);
		await publish(id);
		ids.push(id);
	}
	now = Date.parse('2026-11-25T09:00:00.500Z');
	const [old = '', middle = '', recent = ''] = ids;
	await setState(database, { report: recent, state: 'fixed', now });
	const found = async (query: string) =>
		(await listed(query)).map(({ service_request_id: id }) => id);
	expect(await found('')).toEqual([recent, middle]);
	expect(await found(`?service_request_id=${old},none&status=solved&page=0`)).toEqual([old]);
	expect(await found('?service_code=voirie')).toEqual([middle]);
	expect(await found('?service_code=voirie,proprete&status=')).toEqual([recent, middle]);
	expect(await found('?status=open')).toEqual([middle]);
	expect(await found('?status=closed')).toEqual([recent]);
	expect(await found('?status=open,closed')).toEqual([recent, middle]);
	expect(await found('?end_date=2026-09-01T00:00:00Z')).toEqual([old]);
	expect(await found('?start_date=2026-08-01T00:00:00%2B02:00')).toEqual([middle, old]);
	expect(await found('?page_size=1&page=2')).toEqual([middle]);
	expect(await found('?service_code=licorne')).toEqual([]);
	for (const { requested_datetime, updated_datetime } of await listed()) {
		expect(requested_datetime).toMatch(DATE);
		expect(updated_datetime).toMatch(DATE);
		expect(Date.parse(updated_datetime)).toBeGreaterThanOrEqual(Date.parse(requested_datetime));
	}
});

test('at most a thousand, the newest', async () => {
	const id = await accepted(GOOD);
	await publish(id);
	const row = await database.db.selectFrom('reports').selectAll().executeTakeFirstOrThrow();
	await database.db.transaction().execute(async (tx) => {
		for (let i = 0; i < 1_000; i++)
			await tx
				.insertInto('reports')
				.values({ ...row, id: randomUUID(), received_at: row.received_at - 1 - i })
				.execute();
	});
	const all = (await (await ask('v2/requests.json')).json()) as Request[];
	expect(all).toHaveLength(1_000);
	expect(all[0]?.service_request_id).toBe(id);
	expect(await (await ask('v2/requests.json?page=2')).json()).toHaveLength(1);
});

test('what is not checked or is hidden again does not exist', async () => {
	const id = await accepted(GOOD);
	expect((await both(`v2/requests/${id}`)).status).toBe(404);
	await publish(id);
	expect((await both(`v2/requests/${id}`)).status).toBe(200);
	await setVisibility(database, { report: id, visibility: 'hidden', now });
	expect((await both(`v2/requests/${id}`)).status).toBe(404);
	expect(await listed(`?service_request_id=${id}`)).toEqual([]);
});

test('extensions are there when asked for and not otherwise', async () => {
	const id = await accepted(GOOD);
	await publish(id);
	await setState(database, { report: id, state: 'planned', reason: 'jeudi', now });
	expect((await both(`v2/requests/${id}`)).json).toMatchObject([
		{ status: 'open', status_notes: 'jeudi' }
	]);
	expect(JSON.stringify(await listed())).not.toContain('extended_attributes');
	const extended: unknown = await (await ask(`v2/requests/${id}.json?extensions=true`)).json();
	expect(extended).toMatchObject([
		{
			extended_attributes: { state: 'planned', confirmations: 0 },
			attributes: [{ code: 'quoi', value: 'trou' }, {}, {}],
			notes: [{ status: 'received' }, { status: 'planned', description: 'jeudi' }]
		}
	]);
});

test('keys cannot be guessed for ever', async () => {
	for (let i = 0; i < 60; i++) await post([['api_key', `guess${i}`], ...GOOD]);
	const response = await post(keyed(GOOD));
	expect(response.status).toBe(429);
	expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(60);
});

test('a body too large is refused with 413 in the same words', async () => {
	const response = await post(keyed(withIt(['description', 'a'.repeat(70_000)])));
	expect(response.status).toBe(413);
	expect(await response.text()).toContain('<errors>');
});

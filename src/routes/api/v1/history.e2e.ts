import { expect, test } from '#server/testing/e2e.ts';
import { DEVICE_PASSWORD, startApp, type App } from '../../../../server/testing/app.ts';

let app: App;
const id = 'bike-test-42';
const MINUTE = 60_000;
/** Readings every minute for three hours, an hour of silence in between, the last a minute ago. */
const now = Math.floor(Date.now() / MINUTE) * MINUTE;
const readings = Array.from({ length: 240 }, (_, i) => ({
	t: now - (240 - i) * MINUTE,
	v: i % 12
})).filter(({ t }) => t < now - 180 * MINUTE || t >= now - 120 * MINUTE);

const iso = (t: number) => new Date(t).toISOString();

async function post(t: number, v: number): Promise<void> {
	const response = await fetch(`${app.url}/api/v1/raw/bike/${id}`, {
		method: 'POST',
		headers: { authorization: `Basic ${btoa(`${id}:${DEVICE_PASSWORD}`)}` },
		body: JSON.stringify({
			dateObserved: iso(t),
			availableBikeNumber: v,
			name: 'Essai',
			location: { type: 'Point', coordinates: [1.44, 43.6] }
		})
	});
	expect(response.status).toBe(202);
}

const get = (path: string, headers: Record<string, string> = {}) =>
	fetch(`${app.url}/api/v1/${path}`, { headers });

interface Columns {
	t0: string;
	step: number;
	store: string;
	mean: (number | null)[];
	n: number[];
}

test.beforeAll(async () => {
	app = await startApp();
	for (const { t, v } of readings) await post(t, v);
});
test.afterAll(async () => {
	await app.stop();
});

test('every acknowledged reading is in the history, at any step, gaps as null', async () => {
	for (const points of [1000, 300, 50, 7]) {
		const response = await get(
			`entities/${id}/history?attribute=availableBikeNumber&points=${points}&from=${iso(now - 300 * MINUTE)}`
		);
		expect(response.status).toBe(200);
		const { t0, step, mean, n, store } = (await response.json()) as Columns;
		expect(store).toBe('sqlite');
		expect(n.length).toBeLessThanOrEqual(points);
		expect(n.reduce((a, b) => a + b, 0)).toBe(readings.length);
		n.forEach((count, i) => {
			const from = Date.parse(t0) + i * step * 1000;
			const inside = readings.filter(({ t }) => t >= from && t < from + step * 1000);
			expect(count).toBe(inside.length);
			expect(mean[i] ?? null).toBe(
				inside.length === 0
					? null
					: Math.round((inside.reduce((a, { v }) => a + v, 0) / inside.length) * 1e9) / 1e9
			);
		});
	}
});

test('answers carry a tag and say how long they hold', async () => {
	const open = await get(`entities/${id}/history`);
	expect(open.headers.get('cache-control')).toBe('public, max-age=60');
	const closed = await get(
		`entities/${id}/history?from=${iso(now - 240 * MINUTE)}&to=${iso(now - 120 * MINUTE)}`
	);
	expect(closed.headers.get('cache-control')).toBe('public, max-age=3600');
	const etag = closed.headers.get('etag') ?? '';
	expect(etag).not.toBe('');
	const again = await get(
		`entities/${id}/history?from=${iso(now - 240 * MINUTE)}&to=${iso(now - 120 * MINUTE)}`,
		{ 'if-none-match': etag }
	);
	expect(again.status).toBe(304);
});

test('the typical week has 672 slots in local time', async () => {
	const week = (await (await get(`entities/${id}/typical`)).json()) as {
		tz: string;
		n: number[];
		p50: (number | null)[];
	};
	expect(week.tz).toBe('Europe/Paris');
	expect(week.p50).toHaveLength(672);
	expect(week.n.filter((n) => n > 0).length).toBeGreaterThanOrEqual(8);
});

test('the export is every reading of the range, as CSV and as GeoJSON', async () => {
	const range = `from=${iso(now - 200 * MINUTE)}&to=${iso(now)}`;
	const wanted = readings.filter(({ t }) => t >= now - 200 * MINUTE);
	const csv = await get(`layers/bike/export.csv?${range}`);
	expect(csv.headers.get('content-type')).toContain('text/csv');
	const [head, ...rows] = (await csv.text()).trimEnd().split('\n');
	expect(head).toBe('entity,attribute,dateObserved,value');
	expect(rows).toEqual(
		wanted.map(({ t, v }) => `${id},availableBikeNumber,${iso(t).replace('.000Z', 'Z')},${v}`)
	);
	const geojson = (await (await get(`layers/bike/export.geojson?${range}`)).json()) as {
		type: string;
		features: { geometry: unknown; properties: { value: number } }[];
	};
	expect(geojson.type).toBe('FeatureCollection');
	expect(geojson.features.map(({ properties }) => properties.value)).toEqual(
		wanted.map(({ v }) => v)
	);
	expect(geojson.features[0]?.geometry).toEqual({ type: 'Point', coordinates: [1.44, 43.6] });
	expect((await get('layers/tram/export.csv')).status).toBe(404);
});

test('the city as it was holds the values of that moment', async () => {
	const then = readings[30];
	const response = await get(`entities?layer=bike&at=${iso((then?.t ?? 0) + 30_000)}`);
	const { features, cursor } = (await response.json()) as {
		cursor: null;
		features: { id: string; properties: Record<string, unknown> }[];
	};
	expect(cursor).toBeNull();
	expect(features.map((feature) => feature.id)).toEqual([id]);
	expect(features[0]?.properties).toMatchObject({
		availableBikeNumber: then?.v,
		dateObserved: iso(then?.t ?? 0).replace('.000Z', 'Z'),
		name: 'Essai',
		freshness: 'fresh'
	});
});

const INJECTIONS = [
	"' OR '1'='1",
	'"; DROP TABLE series; --',
	'availableBikeNumber" FROM bike; DROP DATABASE capitoul; --',
	'$who',
	'../../etc/passwd',
	'\u0000',
	'__proto__',
	'constructor',
	'9'.repeat(400),
	'😀'
];

test('no string in any parameter leads to anything but an answer or a problem document', async () => {
	for (const text of INJECTIONS) {
		const value = encodeURIComponent(text);
		for (const path of [
			`entities/${value}/history`,
			`entities/${value}/typical`,
			`layers/${value}/export.csv`,
			...['attribute', 'from', 'to', 'points'].map((p) => `entities/${id}/history?${p}=${value}`),
			`entities/${id}/typical?attribute=${value}`,
			`entities?at=${value}`,
			`layers/bike/export.geojson?from=${value}`
		]) {
			const response = await get(path);
			expect([400, 404], path).toContain(response.status);
			expect(response.headers.get('content-type'), path).toBe('application/problem+json');
		}
	}
});

test('a range of ten years is answered within its points', async () => {
	const ten = iso(now - 10 * 365 * 86_400_000);
	const response = await get(`entities/${id}/history?from=${ten}`);
	const { n } = (await response.json()) as Columns;
	expect(n.length).toBeLessThanOrEqual(300);
	expect(n.reduce((a, b) => a + b, 0)).toBe(readings.length);
	expect((await get(`layers/bike/export.csv?from=${ten}`)).status).toBe(200);
});

test('what is asked too much or of nobody is refused with a code', async () => {
	for (const [path, status, code] of [
		[`entities/${id}/history?points=1001`, 400, 'limit_exceeded'],
		[`entities/${id}/history?attribute=status`, 400, 'query_invalid'],
		[`entities/${id}/history?from=${iso(now)}&to=${iso(now - 1)}`, 400, 'query_invalid'],
		['entities/bike-none-1/history', 404, 'entity_unknown'],
		['entities/bike-none-1/typical', 404, 'entity_unknown']
	] as const) {
		const response = await get(path);
		expect(response.status, path).toBe(status);
		expect(((await response.json()) as { code: string }).code, path).toBe(code);
	}
});

test('a kill and a restart lose none of it', async () => {
	await app.kill();
	app = await startApp({}, { dataDir: app.dataDir });
	const response = await get(`entities/${id}/history?from=${iso(now - 300 * MINUTE)}&points=1000`);
	const { n } = (await response.json()) as Columns;
	expect(n.reduce((a, b) => a + b, 0)).toBe(readings.length);
});

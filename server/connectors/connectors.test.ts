import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import { freshness } from '../../src/lib/layers/freshness.ts';
import { levels } from '../../src/lib/topics.ts';
import type { SourceConfig } from '../config.ts';
import { readRaw, type Patch } from '../intake/raw.ts';
import { silent } from '../log.ts';
import { samples } from '../testing/real.ts';
import {
	Replay,
	serveArcgis,
	serveDataset,
	serveGbfs,
	shifted,
	type Fault
} from '../testing/replay.ts';
import { backoff, createConnectors, type Connectors } from './connectors.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';
import type { Limits } from './session.ts';

let replay: Replay;
let stop: AbortController;
let running: Promise<void> | undefined;
let messages: { kind: string; id: string; payload: string }[];
let taken: Patch[];

const broker = {
	async publish(topic: string, payload: string | Buffer) {
		const [kind = '', , id = ''] = levels(topic) ?? [];
		// The intake's own reader: what it refuses is as good as not published.
		if (kind === 'raw') {
			const patch = readRaw(register(), topic, Buffer.from(payload), Date.now());
			if (!('removed' in patch)) taken.push(patch);
		}
		messages.push({ kind, id, payload: String(payload) });
	},
	subscribeRetained: async () => {}
};

beforeEach(async () => {
	replay = await Replay.start();
	stop = new AbortController();
	messages = [];
	taken = [];
});
afterEach(async () => {
	stop.abort();
	await running;
	await replay.close();
});

function start(
	sources: SourceConfig[],
	limits: Partial<Limits> = {},
	onStatus?: () => void
): Connectors {
	const connectors = createConnectors({
		sources,
		register: register(),
		broker,
		clock: Date.now,
		log: silent,
		limits,
		random: () => 0, // so that nothing but what a source asks for makes a pause longer
		...(onStatus && { onStatus })
	});
	running = connectors.run(stop.signal);
	return connectors;
}

/** Waits for what is bound to come: no time is measured, the test's own limit ends a failure. */
async function until(what: () => boolean): Promise<void> {
	while (!what()) await new Promise((resolve) => setTimeout(resolve, 10));
}
const status = (connectors: Connectors, id: string) =>
	connectors.statuses().find((s) => s.id === id);
const told = (connectors: Connectors, id: string) => status(connectors, id)?.ok !== undefined;
const ids = () => new Set(messages.filter(({ kind }) => kind === 'raw').map(({ id }) => id));

const bikes = fixture<Record<string, unknown>[]>('portal-bikes.v2.1.json');
const portal = (rows = bikes) => {
	const url = serveDataset(replay, 'api-velo-toulouse-temps-reel', () => shifted(rows, Date.now()));
	return sourceOf({ id: 'portail', connector: 'opendatasoft', system: 'portail', url });
};
const stations = (path: string) => {
	replay.serve(path, () => shifted(fixture('jcdecaux.v3.json'), Date.now()));
	return sourceOf({ id: path.slice(1), system: path.slice(1), url: `${replay.url}${path}` });
};

test('every format is read from a server that replays it, at once and in parallel', async () => {
	const hourly = fixture('atmo-hourly.json');
	const day = 86_400_000;
	const sources: SourceConfig[] = [
		portal(),
		stations('/jcdecaux'),
		...(['2.3', '3.0'] as const).map((version) =>
			sourceOf({
				id: `gbfs-${version[0]}`,
				connector: 'gbfs',
				system: `gbfs${version[0]}`,
				url: serveGbfs(replay, `/gbfs/${version}`, version, () =>
					shifted(fixture<Record<string, unknown>>(`gbfs.${version}.json`), Date.now())
				)
			})
		),
		sourceOf({
			id: 'mesures',
			connector: 'atmo',
			layer: 'air',
			url: serveArcgis(replay, 'mesures', () => shifted(hourly, Date.now(), 3_600_000), 4)
		}),
		sourceOf({
			id: 'indice',
			connector: 'atmo',
			layer: 'air',
			system: 'indice',
			// Its newest row is tomorrow's forecast.
			url: serveArcgis(replay, 'Indice_quotidien_de_qualité_de_l’air', () =>
				shifted(fixture('atmo-index.json'), Date.now() + day, day)
			)
		}),
		sourceOf({
			id: 'meteo',
			connector: 'opendatasoft',
			layer: 'weather',
			url: serveDataset(replay, '99-station-meteo-toulouse-place-inventee', () =>
				shifted(
					fixture<Record<string, unknown>[]>('weather-station.v2.1.json').slice(1),
					Date.now()
				)
			),
			options: {
				catalogue: serveDataset(replay, 'stations-meteo-en-place', () =>
					fixture('weather-catalogue.v2.1.json')
				)
			}
		})
	];
	replay.serve('/ngsi', () => shifted(fixture('ngsi-parking.json'), Date.now()));
	sources.push(
		sourceOf({ id: 'ngsi', connector: 'ngsi-v2', layer: 'parking', url: `${replay.url}/ngsi` })
	);
	const connectors = start(sources);
	await until(() => connectors.statuses().every(({ ok }) => ok !== undefined));
	expect(connectors.statuses().filter(({ ok }) => !ok)).toEqual([]);
	const systems = [...ids()].map((id) => id.split('-').slice(0, 2).join('-'));
	const count = (system: string) => systems.filter((s) => s === system).length;
	expect({
		portail: count('bike-portail'),
		jcdecaux: count('bike-jcdecaux'),
		gbfs2: count('bike-gbfs2'),
		gbfs3: count('bike-gbfs3'),
		mesures: count('air-essai'),
		indice: count('air-indice') > 0,
		meteo: count('weather-essai'),
		ngsi: count('parking-essai')
	}).toEqual({
		portail: 8,
		jcdecaux: 9,
		gbfs2: 9,
		gbfs3: 9,
		mesures: 3,
		indice: true,
		meteo: 1,
		ngsi: 8
	});
});

const faults: [Fault, RegExp][] = [
	['error-500', /^source_status: 500: ServerError down$/],
	['too-many', /^source_status: 429: 10002 Too many requests$/],
	['html', /^source_unreadable: a page of HTML/],
	['half-json', /^source_unreadable: JSON that breaks off/],
	[
		'interrupted',
		/^source_unreadable: Streaming interrupted due to the following error: timed out/
	],
	['huge', /^source_too_large: /],
	['silent', /^source_timeout: /]
];

describe.each(faults)('a source that misbehaves (%s)', (fault, detail) => {
	test('is said to fail, since when and why; its neighbour is read meanwhile, and nothing of it is published', async () => {
		const sick = portal();
		const well = stations('/well');
		replay.misbehave('/api/', fault);
		let news = 0;
		const connectors = start(
			[sick, well],
			{ timeoutMs: fault === 'silent' ? 300 : 15_000 },
			() => news++
		);
		await until(() => told(connectors, 'well'));
		expect(status(connectors, 'well')).toMatchObject({ ok: true, detail: undefined });
		await until(() => told(connectors, 'portail'));
		const failed = status(connectors, 'portail');
		expect(failed).toMatchObject({ ok: false, lastSuccess: undefined });
		expect(failed?.detail).toMatch(detail);
		expect(Date.parse(failed?.since ?? '')).toBeLessThanOrEqual(Date.now());
		expect(news).toBe(2);
		expect([...ids()].every((id) => id.startsWith('bike-well-'))).toBe(true);
		expect(ids().size).toBe(9);
	});
});

test('a source that answers again is well again, and the time of its last success stays while it fails', async () => {
	const source = stations('/s');
	const connectors = start([source]);
	await until(() => status(connectors, 's')?.ok === true);
	replay.misbehave('/s', 'half-json');
	await until(() => status(connectors, 's')?.ok === false);
	expect(status(connectors, 's')?.lastSuccess).toBeDefined();
	replay.misbehave('/s');
	await until(() => status(connectors, 's')?.ok === true);
	expect(status(connectors, 's')?.detail).toBeUndefined();
});

test('Retry-After is honoured: the source is not asked again within it', async () => {
	const source = stations('/s');
	replay.misbehave('/s', 'too-many');
	const other = stations('/other');
	const connectors = start([source, other]);
	await until(() => told(connectors, 's'));
	await until(() => replay.count('/other') >= 3); // as often as everySeconds lets it
	expect(replay.count('/s')).toBe(1);
});

test('Cache-Control and ttl may ask for more than everySeconds', async () => {
	const cached = stations('/cached');
	replay.headers.set('/cached', { 'cache-control': 'public, max-age=60' });
	const gbfs = sourceOf({
		id: 'gbfs',
		connector: 'gbfs',
		system: 'gbfs',
		url: serveGbfs(replay, '/gbfs', '3.0', () => fixture('gbfs.3.0.json'))
	});
	start([cached, gbfs, stations('/other')]);
	await until(() => replay.count('/other') >= 3);
	expect(replay.count('/cached')).toBe(1);
	expect(replay.count('/gbfs/station_status')).toBe(1);
});

test('a page that has not changed is asked for by its ETag and answered 304; nothing is published twice', async () => {
	replay.serve('/s', () => fixture('jcdecaux.v3.json'));
	start([sourceOf({ id: 's', url: `${replay.url}/s` })]);
	await until(() => replay.asked.filter(({ status }) => status === 304).length >= 2);
	expect(replay.asked[0]?.status).toBe(200);
	expect(messages.filter(({ kind }) => kind === 'raw')).toHaveLength(9);
});

test('one bad record among 389 costs one record and one dead letter', async () => {
	const rows = Array.from({ length: 389 }, (_, i) => ({
		...bikes[0],
		number: i + 1,
		available_bikes: i === 200 ? 'x' : 1
	}));
	const connectors = start([portal(rows)]);
	await until(() => status(connectors, 'portail')?.ok === true);
	expect(ids().size).toBe(388);
	expect(messages.filter(({ kind }) => kind === 'dead')).toHaveLength(1);
});

test('a broken export does not matter while the pages of the dataset answer', async () => {
	const rows = Array.from({ length: 389 }, (_, i) => ({ ...bikes[0], number: i + 1 }));
	const source = portal(rows);
	replay.misbehave(
		'/api/explore/v2.1/catalog/datasets/api-velo-toulouse-temps-reel/exports',
		'interrupted'
	);
	const connectors = start([source]);
	await until(() => told(connectors, 'portail'));
	expect(status(connectors, 'portail')).toMatchObject({ ok: true });
	expect(ids().size).toBe(389);
});

test('the first API version is read page by page', async () => {
	portal(Array.from({ length: 389 }, (_, i) => ({ ...bikes[0], number: i + 1 })));
	const url = `${replay.url}/api/records/1.0/search/?dataset=api-velo-toulouse-temps-reel`;
	const connectors = start([sourceOf({ id: 'v1', connector: 'opendatasoft', url })]);
	await until(() => told(connectors, 'v1'));
	expect(status(connectors, 'v1')).toMatchObject({ ok: true });
	expect(ids().size).toBe(389);
});

test('a server that always gives the same page is not asked for ever', async () => {
	replay.serve('/api/explore/v2.1/catalog/datasets/x/records', () => ({
		total_count: 388,
		results: bikes
	}));
	const rows = fixture('atmo-hourly.json');
	replay.serve('/FeatureServer/0/query', () => ({ features: rows, exceededTransferLimit: true }));
	const connectors = start([
		sourceOf({
			id: 'x',
			connector: 'opendatasoft',
			url: `${replay.url}/api/explore/v2.1/catalog/datasets/x`
		}),
		sourceOf({ id: 'air', connector: 'atmo', layer: 'air', url: `${replay.url}/FeatureServer/0` })
	]);
	await until(() => told(connectors, 'x') && told(connectors, 'air'));
	expect(connectors.statuses().map(({ ok }) => ok)).toEqual([true, true]);
	expect(ids().size).toBe(8 + 3);
	expect(replay.count('/FeatureServer')).toBeLessThanOrEqual(4); // two rounds at most
	expect(replay.count('/api')).toBeLessThanOrEqual(6);
});

test('an air layer whose name does not say so is known by its rows; its refusal to sort is no failure', async () => {
	replay.serve('/zones/FeatureServer/0/query', (url) =>
		url.searchParams.has('orderByFields')
			? { error: { code: 400, message: "'Invalid field: date_debut' parameter is invalid" } }
			: { features: shifted(fixture('atmo-index.json'), Date.now() + 86_400_000, 86_400_000) }
	);
	const url = `${replay.url}/zones/FeatureServer/0`;
	const connectors = start([sourceOf({ id: 'air', connector: 'atmo', layer: 'air', url })]);
	await until(() => told(connectors, 'air'));
	expect(status(connectors, 'air')).toMatchObject({ ok: true });
	expect(taken.some(({ values }) => typeof values['airQualityIndex'] === 'number')).toBe(true);
});

const folder = samples();
test.skipIf(!folder)(
	'the recorded feeds, replayed as if of now, give 389, 57 and 24 entities, and the old among them are dead',
	async () => {
		const recorded = (name: string) =>
			shifted(
				JSON.parse(fs.readFileSync(path.join(folder ?? '', name), 'utf8')) as Record<
					string,
					unknown
				>[],
				Date.now()
			);
		const rows = recorded('ods_api-velo-toulouse-temps-reel_2024-12-15.json');
		const url = serveDataset(replay, 'api-velo-toulouse-temps-reel', () => rows);
		const ngsi = (id: string, layer: string, file: string) => {
			const list = recorded(file);
			replay.serve(`/${id}`, () => list);
			return sourceOf({
				id,
				connector: 'ngsi-v2',
				layer,
				system: 'montpellier',
				url: `${replay.url}/${id}`
			});
		};
		const connectors = start([
			sourceOf({ id: 'portail', connector: 'opendatasoft', system: 'toulouse', url }),
			ngsi('bikestation', 'bike', 'montpellier_ngsiv2_bikestation_2026-01.json'),
			ngsi('offstreetparking', 'parking', 'montpellier_ngsiv2_offstreetparking_2026-01.json')
		]);
		await until(() => connectors.statuses().every(({ ok }) => ok !== undefined));
		const count = (prefix: string) => [...ids()].filter((id) => id.startsWith(prefix)).length;
		expect([
			count('bike-toulouse-'),
			count('bike-montpellier-'),
			count('parking-montpellier-')
		]).toEqual([389, 57, 24]);
		const dead = new Set(
			taken
				.filter(
					({ layer, observed }) => freshness(layer, layer.main, observed, Date.now()) === 'dead'
				)
				.map(({ id }) => id)
		);
		expect(dead).toContain('bike-toulouse-200'); // « open » since 2023 with 0 + 0
		expect(dead).toContain('parking-montpellier-020'); // « open », twelve days old
		expect(dead).not.toContain('parking-montpellier-001');
	}
);

test('an answer without a single readable record is a failure', async () => {
	replay.serve('/empty', () => []);
	replay.serve('/wrong', () => [{ number: 1 }, { number: 2 }]);
	const connectors = start(
		['empty', 'wrong'].map((id) => sourceOf({ id, url: `${replay.url}/${id}` }))
	);
	await until(() => told(connectors, 'empty') && told(connectors, 'wrong'));
	expect(status(connectors, 'empty')?.detail).toBe(
		'source_unreadable: the answer holds no current record'
	);
	expect(status(connectors, 'wrong')?.detail).toBe(
		'source_unreadable: none of 2 records can be read'
	);
});

test('a source is followed nowhere but to http and https', async () => {
	const fetch = async () =>
		new Response(null, { status: 302, headers: { location: 'file:///etc/passwd' } });
	const connectors = createConnectors({
		sources: [sourceOf()],
		register: register(),
		broker,
		clock: Date.now,
		log: silent,
		fetch
	});
	running = connectors.run(stop.signal);
	await until(() => told(connectors, 'essai'));
	expect(status(connectors, 'essai')?.detail).toBe(
		'source_status: 302: sent elsewhere than http or https'
	);
});

test('a format this version does not read, and a layer it does not know, say so and disturb nobody', async () => {
	const connectors = start([
		sourceOf({ id: 'xml', connector: 'datex2' }),
		sourceOf({ id: 'lost', layer: 'dragons' }),
		stations('/well')
	]);
	await until(() => connectors.statuses().every(({ ok }) => ok !== undefined));
	expect(connectors.statuses().map(({ ok, detail }) => [ok, detail])).toEqual([
		[false, 'config_invalid: this version reads no datex2 feed'],
		[false, 'layer_unknown: no layer « dragons »'],
		[true, undefined]
	]);
});

test('a pause after failures is random up to a limit that doubles, and is never more than five minutes', () => {
	expect([1, 2, 3, 4].map((n) => backoff(n, () => 1))).toEqual([5_000, 10_000, 20_000, 40_000]);
	expect(backoff(100, () => 1)).toBe(300_000);
	expect(backoff(100, () => 0.5)).toBe(150_000);
});

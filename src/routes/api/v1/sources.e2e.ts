import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from 'mqtt';
import { expect, test } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { samples } from '#server/testing/real.ts';
import { Replay, serveDataset, shifted } from '#server/testing/replay.ts';
import type { EntityFeature } from '#lib/layers/entity.ts';

// The whole chain on recorded feeds: a local server replays them, the app reads it as it would the real ones.

const folder = samples();
const json = (name: string) =>
	JSON.parse(fs.readFileSync(path.join(folder ?? '', name), 'utf8')) as unknown;

interface Station {
	number: number;
	status: string;
	bike_stands: number;
	available_bike_stands: number;
	available_bikes: number;
	last_update: string;
	position: { lon: number; lat: number };
}

async function entities(app: App, layer: string): Promise<Map<string, EntityFeature>> {
	const answer = await fetch(`${app.url}/api/v1/entities?layer=${layer}&limit=5000`);
	const { features } = (await answer.json()) as { features: EntityFeature[] };
	return new Map(features.map((feature) => [feature.id, feature]));
}

async function until<T>(read: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
	const deadline = Date.now() + 20_000;
	for (;;) {
		const value = await read();
		if (good(value) || Date.now() > deadline) return value;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

function sourcesFile(sources: Record<string, unknown>[]): string {
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'sources-')), 'sources.json');
	fs.writeFileSync(file, JSON.stringify(sources.map((source) => ({ everySeconds: 1, ...source }))));
	return file;
}

const portalBikes = (url: string) => ({
	id: 'velo',
	connector: 'opendatasoft',
	layer: 'bike',
	system: 'toulouse',
	url,
	licence: 'LO-2.0',
	attribution: 'JCDecaux / Toulouse Métropole'
});

test.describe('recorded feeds through the whole chain', () => {
	test.skip(folder === undefined, 'the recorded samples are not on this machine');
	let replay: Replay;
	test.beforeEach(async () => (replay = await Replay.start()));
	test.afterEach(async () => replay.close());

	test('the portal’s snapshot of 2024-12-15 is 389 stations, each value as recorded', async () => {
		const recorded = json('ods_api-velo-toulouse-temps-reel_2024-12-15.json') as Station[];
		const rows = shifted(recorded, Date.now()) as unknown as (Station & Record<string, unknown>)[];
		const url = serveDataset(replay, 'api-velo-toulouse-temps-reel', () => rows);
		const app = await startApp({ SOURCES: sourcesFile([portalBikes(url)]), SIMULATOR: 'auto' });
		try {
			const bikes = await until(
				() => entities(app, 'bike'),
				(found) => found.size === 389
			);
			expect(bikes.size).toBe(389);
			for (const row of rows) {
				const { properties, geometry } = bikes.get(`bike-toulouse-${row.number}`) ?? {};
				expect(properties).toMatchObject({
					availableBikeNumber: row.available_bikes,
					freeSlotNumber: row.available_bike_stands,
					totalSlotNumber: row.bike_stands,
					simulated: false,
					source: 'velo'
				});
				expect(Date.parse(String(properties?.['dateObserved']))).toBe(Date.parse(row.last_update));
				expect(geometry?.coordinates).toEqual([row.position.lon, row.position.lat]);
			}
			// « Open » with a date of last year is dead, whatever its status says.
			const old = rows.filter(
				({ last_update, status }) =>
					status === 'OPEN' && Date.now() - Date.parse(last_update) > 365 * 86_400_000
			);
			expect(old.length).toBeGreaterThan(0);
			for (const { number } of old)
				expect(bikes.get(`bike-toulouse-${number}`)?.properties['freshness']).toBe('dead');
			// What the simulator showed before the first answer is gone, the other layers stay simulated.
			expect([...bikes.keys()].filter((id) => id.includes('-sim-'))).toEqual([]);
			expect((await entities(app, 'parking')).size).toBeGreaterThan(0);
		} finally {
			await app.stop();
		}
	});

	test('NGSI v2 gives 24 car parks and 57 bike stations', async () => {
		const parkings = shifted(json('montpellier_ngsiv2_offstreetparking_2026-01.json'), Date.now());
		const stations = shifted(json('montpellier_ngsiv2_bikestation_2026-01.json'), Date.now());
		replay.serve('/offstreetparking', () => parkings);
		replay.serve('/bikestation', () => stations);
		const source = {
			connector: 'ngsi-v2',
			system: 'montpellier',
			licence: 'LO-2.0',
			attribution: 'Montpellier'
		};
		const app = await startApp({
			SOURCES: sourcesFile([
				{ ...source, id: 'p', layer: 'parking', url: `${replay.url}/offstreetparking` },
				{ ...source, id: 'b', layer: 'bike', url: `${replay.url}/bikestation` }
			])
		});
		try {
			expect(
				(
					await until(
						() => entities(app, 'parking'),
						(found) => found.size >= 24
					)
				).size
			).toBe(24);
			expect(
				(
					await until(
						() => entities(app, 'bike'),
						(found) => found.size >= 57
					)
				).size
			).toBe(57);
		} finally {
			await app.stop();
		}
	});

	test('one bad record costs one record and one dead letter; a silent feed delays no other', async () => {
		const recorded = json('ods_api-velo-toulouse-temps-reel_2024-12-15.json') as Record<
			string,
			unknown
		>[];
		const good = shifted(recorded, Date.now());
		let rows = good;
		const url = serveDataset(replay, 'api-velo-toulouse-temps-reel', () => rows);
		const slow = serveDataset(replay, 'slow', () => []);
		replay.misbehave('/api/explore/v2.1/catalog/datasets/slow', 'silent');
		const app = await startApp({
			SOURCES: sourcesFile([
				portalBikes(url),
				{ ...portalBikes(slow), id: 'lent', system: 'autre' }
			])
		});
		const dead: string[] = [];
		const accounts = JSON.parse(
			fs.readFileSync(path.join(app.dataDir, 'accounts.json'), 'utf8')
		) as Record<string, string>;
		const client = connect(`mqtt://127.0.0.1:${app.mqttPort}`, {
			protocolVersion: 4,
			username: 'nodered',
			password: accounts['nodered'] ?? ''
		});
		try {
			client.on('message', (_topic, payload) => dead.push(payload.toString()));
			await client.subscribeAsync('capitoul/v1/dead/#');
			await until(
				() => entities(app, 'bike'),
				(found) => found.size === 389
			);
			// From now on one record cannot be read, and another has news.
			rows = good.map((row, i) =>
				i === 100
					? { ...row, available_bikes: 'beaucoup', last_update: new Date().toISOString() }
					: i === 101
						? { ...row, available_bikes: 3, last_update: new Date().toISOString() }
						: row
			);
			const id = `bike-toulouse-${Number(good[101]?.['number'])}`;
			const bikes = await until(
				() => entities(app, 'bike'),
				(found) => found.get(id)?.properties['availableBikeNumber'] === 3
			);
			expect(bikes.get(id)?.properties['availableBikeNumber']).toBe(3);
			expect(bikes.size).toBe(389);
			const ready = (await (await fetch(`${app.url}/readyz`)).json()) as {
				checks: { name: string; ok: boolean }[];
			};
			expect(ready.checks.find(({ name }) => name.includes('velo'))?.ok).toBe(true);
			await until(
				async () => dead,
				(letters) => letters.length > 0
			);
			expect(dead).toHaveLength(1);
			expect(dead[0]).toContain('beaucoup');
		} finally {
			client.end(true);
			await app.stop();
		}
	});

	test('a feed that fails is told by readyz and by the layers, since when and why; its values stay', async () => {
		const recorded = json('ods_api-velo-toulouse-temps-reel_2024-12-15.json') as Station[];
		const rows = shifted(recorded, Date.now()) as unknown as Record<string, unknown>[];
		const url = serveDataset(replay, 'api-velo-toulouse-temps-reel', () => rows);
		const app = await startApp({ SOURCES: sourcesFile([portalBikes(url)]), SIMULATOR: 'auto' });
		try {
			await until(
				() => entities(app, 'bike'),
				(found) => found.size === 389
			);
			replay.misbehave('/api', 'interrupted');
			const status = async () => {
				const answer = await fetch(`${app.url}/readyz`);
				const body = (await answer.json()) as {
					status: string;
					checks: { name: string; ok: boolean; since: string; detail: string }[];
				};
				return {
					code: answer.status,
					...body,
					velo: body.checks.find(({ name }) => name.includes('velo'))
				};
			};
			const late = await until(status, ({ velo }) => velo?.ok === false);
			expect(late).toMatchObject({ code: 200, status: 'degraded', velo: { ok: false } });
			expect(late.velo?.detail).toContain('source_unreadable');
			expect(Date.parse(late.velo?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
			expect((await entities(app, 'bike')).size).toBe(389);
			replay.misbehave('/api');
			expect((await until(status, ({ velo }) => velo?.ok === true)).velo?.ok).toBe(true);
		} finally {
			await app.stop();
		}
	});
});

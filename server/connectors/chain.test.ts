import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshness } from '../../src/lib/layers/freshness.ts';
import { startApp, type Running } from '../app.ts';
import { readConfig, type SourceConfig } from '../config.ts';
import { silent } from '../log.ts';
import { freePort } from '../testing/ports.ts';
import { samples } from '../testing/real.ts';
import { Replay, serveDataset, shifted } from '../testing/replay.ts';
import { fixture, sourceOf } from './fixtures/fixture.ts';

// The whole chain without the pages: feeds, connectors, the embedded broker with its rights, intake, picture of the city.

let replay: Replay;
let dataDir: string;
let app: Running | undefined;

beforeEach(async () => {
	replay = await Replay.start();
	dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-chain-'));
});
afterEach(async () => {
	await app?.stop();
	app = undefined;
	await replay.close();
	fs.rmSync(dataDir, { recursive: true, force: true });
});

async function start(sources: SourceConfig[]): Promise<Running['services']> {
	const file = path.join(dataDir, 'sources.json');
	fs.writeFileSync(file, JSON.stringify(sources));
	const config = readConfig({
		DATA_DIR: dataDir,
		SOURCES: file,
		SIMULATOR: 'off',
		MQTT_PORT: String(await freePort()),
		HOST: '127.0.0.1',
		PORTAL_URL: replay.url
	});
	app = await startApp(config, new Set(['intake', 'frames', 'connectors', 'web']), silent);
	return app.services;
}

const until = async (what: () => boolean) => {
	while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
};
type Fields = Record<string, unknown>;
const velo = (rows: readonly Fields[], id = 'portail') =>
	sourceOf({
		id,
		connector: 'opendatasoft',
		system: id,
		url: serveDataset(replay, `velo-${id}`, () => rows)
	});

test('one sick source and one bad record: the rest of the city is there, and the health says which source and why', async () => {
	const now = Date.now();
	const row = shifted(fixture<Fields[]>('portal-bikes.v2.1.json'), now)[0];
	const rows = Array.from({ length: 389 }, (_, i) => ({
		...row,
		number: i + 1,
		available_bikes: i === 7 ? 'sept' : i % 20
	}));
	const sick = velo(rows, 'malade');
	replay.misbehave('/api/explore/v2.1/catalog/datasets/velo-malade', 'half-json');
	const services = await start([velo(rows), sick]);
	await until(
		() => services.city.size === 388 && services.sources().every(({ ok }) => ok !== undefined)
	);
	expect(services.city.get('bike-portail-8')).toBeUndefined();
	expect(services.city.get('bike-portail-20')?.values['availableBikeNumber']).toBe(19);
	const { ready, checks } = services.health();
	expect(ready).toBe(true);
	expect(checks.find(({ name }) => name === 'source portail')).toMatchObject({ ok: true });
	const late = checks.find(({ name }) => name === 'source malade');
	expect(late).toMatchObject({ ok: false });
	expect(late?.detail).toMatch(/^source_unreadable: /);
	expect(late?.since).toBeDefined();
});

const folder = samples();
test.skipIf(!folder)(
	'the recorded portal answer, as if of now: 389 entities, each equal to its record, the old ones dead',
	async () => {
		const now = Date.now();
		const file = path.join(folder ?? '', 'ods_api-velo-toulouse-temps-reel_2024-12-15.json');
		const rows = shifted(JSON.parse(fs.readFileSync(file, 'utf8')) as Fields[], now);
		const services = await start([velo(rows, 'toulouse')]);
		await until(() => services.city.size === 389);
		for (const row of rows) {
			const entity = services.city.get(`bike-toulouse-${String(row['number'])}`);
			expect(entity?.values).toMatchObject({
				availableBikeNumber: row['available_bikes'],
				freeSlotNumber: row['available_bike_stands'],
				totalSlotNumber: row['bike_stands']
			});
			expect(entity?.observed).toBe(Date.parse(String(row['last_update'])));
		}
		const old = services.city.get('bike-toulouse-200');
		expect(old?.values['status']).toBe('working');
		const layer = services.register.get('bike');
		expect(layer && old && freshness(layer, layer.main, old.observed, now)).toBe('dead');
	}
);

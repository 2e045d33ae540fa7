import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import mqtt from 'mqtt';
import { latestFigure, readFigures } from '#lib/districts/figures.ts';
import { formatTime } from '#lib/time.ts';
import { topics } from '#lib/topics.ts';
import { DEVICE_PASSWORD, startApp, type App } from '#server/testing/app.ts';
import { expect, test, type Page } from '#server/testing/e2e.ts';

let app: App;

/** A square of about 2 km, `west` to its right. */
const square = (west: number) => ({
	type: 'Polygon',
	coordinates: [
		[
			[west, 43.595],
			[west + 0.03, 43.595],
			[west + 0.03, 43.615],
			[west, 43.615],
			[west, 43.595]
		]
	]
});
const feature = (properties: object, west: number) => ({
	type: 'Feature',
	properties,
	geometry: square(west)
});
const collection = (...features: object[]) =>
	JSON.stringify({ type: 'FeatureCollection', features });

test.beforeAll(async () => {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-'));
	const folder = path.join(dataDir, 'city', 'toulouse');
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(
		path.join(folder, 'quartiers.geojson'),
		collection(
			feature({ quartier: 1, nom_quartier: 'Capitole' }, 1.43),
			feature({ quartier: 2, nom_quartier: 'Guilheméry' }, 1.46)
		)
	);
	fs.writeFileSync(
		path.join(folder, 'communes.geojson'),
		collection(feature({ code_insee: '31069', libelle: 'Blagnac' }, 1.37))
	);
	app = await startApp({}, { dataDir });
});
test.afterAll(() => app.kill());

/** Publishes as a sensor does, over MQTT. */
async function publish(id: string, lon: number, bikes: number) {
	const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${app.mqttPort}`, {
		username: id,
		password: DEVICE_PASSWORD,
		protocolVersion: 4
	});
	const payload = {
		dateObserved: formatTime(Date.now()),
		name: id,
		location: { type: 'Point', coordinates: [lon, 43.6045] },
		availableBikeNumber: bikes
	};
	await device.publishAsync(topics.raw('bike', id), JSON.stringify(payload), { qos: 1 });
	await device.endAsync();
}

const meanOf = (payload: string) =>
	latestFigure(readFigures(payload), 'availableBikeNumber')?.figure.mean;
const WIDE = '/?lat=43.6045&lon=1.45&z=11.5';
const item = (page: Page, id: string) =>
	page.getByRole('list', { name: 'Quartiers' }).locator(`[data-district="${id}"]`);

test('raw messages become the figures of a district on its topic, over HTTP, in the list, on the map and on a page', async ({
	page
}) => {
	const phone = await mqtt.connectAsync(`ws://${new URL(app.url).host}/mqtt`);
	let heard: string | undefined;
	phone.on('message', (_, payload) => (heard = payload.toString()));
	await phone.subscribeAsync(topics.district('bike', 'quartier-1'));
	await publish('bike-essai-1', 1.44, 4);
	await publish('bike-essai-2', 1.445, 10);
	await publish('bike-essai-3', 1.47, 1);
	// A first figure may leave before the second sensor spoke; the next one waits a minute.
	await expect.poll(() => heard && meanOf(heard), { timeout: 75_000 }).toBe(7);
	await phone.endAsync();

	const answer = (await (await fetch(`${app.url}/api/v1/districts`)).json()) as {
		features: { id: string; properties: { layers: { bike?: unknown } } }[];
	};
	const told = answer.features.find(({ id }) => id === 'quartier-1')?.properties.layers.bike;
	expect(meanOf(JSON.stringify(told))).toBe(7);

	await page.goto(app.url + WIDE);
	await expect(item(page, 'quartier-1')).toHaveAttribute('data-value', '7');
	await expect(item(page, 'quartier-1')).toContainText('7 vélos en moyenne, des vélos');
	await expect(item(page, 'quartier-1')).toContainText('2 capteurs · sur 15 minutes');
	await expect(item(page, 'quartier-2')).toContainText('peu de vélos');
	await expect(item(page, 'commune-31069')).toHaveCount(0); // no sensor spoke there
	await page
		.getByRole('button', { name: /plan|carte/i })
		.first()
		.click();
	const map = page.getByRole('region', { name: 'Carte' });
	await expect(map).toHaveAttribute('data-areas', 'quartier-1 quartier-2');
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await new AxeBuilder({ page }).include('main').analyze();
		expect(violations.map(({ id }) => id)).toEqual([]);
	}

	await item(page, 'quartier-1').getByRole('link').press('Enter');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Capitole');
	const row = page.locator('[data-layer="bike"] [data-attribute="availableBikeNumber"]');
	await expect(row).toHaveAttribute('data-value', '7');
	await expect(row).toContainText('4 à 10');
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await new AxeBuilder({ page }).analyze();
		expect(violations.map(({ id }) => id)).toEqual([]);
	}
});

test('without JavaScript the page of a district has its figures, and one that is none is not found', async ({
	browser
}) => {
	const context = await browser.newContext({ javaScriptEnabled: false, locale: 'fr-FR' });
	const page = await context.newPage();
	await page.goto(`${app.url}/quartier/quartier-1`);
	await expect(page.locator('[data-attribute="availableBikeNumber"]')).toContainText('7 vélos');
	expect((await page.goto(`${app.url}/quartier/quartier-99`))?.status()).toBe(404);
	await context.close();
});

test('the last figures of a district are there without a network', async ({ page, context }) => {
	await page.goto(`${app.url}/quartier/quartier-1`);
	await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
	await page.reload(); // now asked through the worker, which keeps the answer
	await expect(page.locator('html')).toHaveAttribute('data-connection', /live|polling/);
	await page.waitForLoadState('networkidle');
	await context.setOffline(true);
	await page.reload();
	await expect(page.locator('[data-attribute="availableBikeNumber"]')).toContainText('7 vélos');
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Page } from 'playwright/test';
import { startApp, type App } from '#server/testing/app.ts';
import { known, station } from '#server/testing/city.ts';
import { expect, test } from '#server/testing/e2e.ts';
import { Replay, serveFile } from '#server/testing/replay.ts';

let app: App;
let portal: Replay;

const market = (nom: string, lon: number, lat: number) => ({
	type: 'Feature',
	geometry: { type: 'MultiPoint', coordinates: [[lon, lat]] },
	properties: { nom, adresse: 'Place X', jours_de_tenue: 'le samedi', samedi: '07h00 - 13h30' }
});
let markets = [market('CAPITOLE', 1.4442, 43.6045), market('SAINT ÉTIENNE', 1.4505, 43.5999)];

/** Waits until the server has read its portal. */
async function read(of: App) {
	await expect
		.poll(
			async () =>
				((await (await fetch(`${of.url}/api/v1/packs`)).json()) as { packs: unknown[] }).packs
					.length
		)
		.toBe(2);
}

test.beforeEach(async () => {
	portal = await Replay.start();
	serveFile(portal, 'marches', () => ({ type: 'FeatureCollection', features: markets }), {
		license: 'Licence Ouverte v2.0',
		attributions: ['Mairie de Toulouse']
	});
	serveFile(portal, 'piscines', () => ({
		type: 'FeatureCollection',
		features: [
			{
				type: 'Feature',
				geometry: { type: 'Point', coordinates: [1.4461, 43.6011] },
				properties: {
					nom_complet: 'PISCINE NAKACHE',
					accessibilite: 'PMR',
					telephone: '05 61 22 31 35'
				}
			}
		]
	}));
	app = await startApp({ PORTAL_URL: portal.url });
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await known(app, ['bike-test-1']);
	await read(app);
});
test.afterEach(async () => {
	await app.kill();
	await portal.close();
});

const ready = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 30_000 });
const listed = (page: Page) =>
	page
		.getByRole('list', { name: 'Lieux' })
		.locator('[data-entity]')
		.evaluateAll((items) => items.map((item) => item.getAttribute('data-entity')).sort());

test('loaded once, then server dead, network cut, browser restarted: a market never seen is found, listed and read', async () => {
	test.slow();
	const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-profile-'));
	const { launchOptions, viewport, locale, timezoneId } = test.info().project.use;
	const openBrowser = () =>
		chromium.launchPersistentContext(profile, {
			...launchOptions,
			...(viewport !== undefined && { viewport }),
			...(locale !== undefined && { locale }),
			...(timezoneId !== undefined && { timezoneId })
		});
	const before = await openBrowser();
	const first = await before.newPage();
	await first.goto(app.url);
	await ready(first);
	await before.close();
	await app.kill();

	const after = await openBrowser();
	try {
		await after.setOffline(true);
		const page = await after.newPage();
		await page.goto(app.url);
		await page.getByRole('searchbox', { name: 'Rechercher' }).fill('etienne');
		await page.getByRole('link', { name: /Saint Étienne/ }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Saint Étienne');
		await expect(page.locator('[data-attribute="days"]')).toHaveAttribute('data-value', 'saturday');
		await expect(page.locator('[data-attribute="hours"]')).toHaveText(
			'7\u00a0h – 13\u00a0h\u00a030'
		);
		await expect(page.getByText('Mairie de Toulouse')).toBeVisible();

		await page.goto(`${app.url}/lieu/sport-toulouse-pool-piscine-nakache`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Piscine Nakache');
		await expect(page.locator('[data-attribute="access"]')).toHaveText('accessible');

		await page.goto(`${app.url}/?layers=market`);
		await expect
			.poll(() => listed(page))
			.toEqual(['market-toulouse-capitole', 'market-toulouse-saint-etienne']);
	} finally {
		await after.close();
		fs.rmSync(profile, { recursive: true, force: true });
	}
});

test('a chip brings its layer to the list and the map alike; the page « Données gardées » says, deletes and brings back', async ({
	page
}) => {
	await page.goto(app.url);
	await ready(page);
	await page.getByRole('button', { name: 'Marchés' }).click();
	await expect
		.poll(() => listed(page))
		.toEqual(['bike-test-1', 'market-toulouse-capitole', 'market-toulouse-saint-etienne']);
	const map = page.getByRole('region', { name: 'Carte' });
	await expect(map).toHaveAttribute('data-ids', /market-toulouse-capitole/);
	const drawn = ((await map.getAttribute('data-ids')) ?? '').split(' ');
	expect((await listed(page)).filter((id) => drawn.includes(id ?? ''))).toEqual(drawn.sort());

	await page.goto(`${app.url}/a-propos/donnees`);
	const row = page.locator('[data-pack="market"]');
	await expect(row).toContainText('2 lieux');
	await expect(row).toContainText('Mairie de Toulouse');
	await row.getByRole('button', { name: /Supprimer/ }).press('Enter');
	await expect(row).toHaveAttribute('data-kept', 'false');
	await page.reload();
	await ready(page);
	// What a person deleted does not come back by itself.
	await expect(row).toHaveAttribute('data-kept', 'false');
	await row.getByRole('button', { name: /Garder/ }).press('Enter');
	await expect(row).toHaveAttribute('data-kept', 'true');
});

test('a new version of a pack comes as its difference', async ({ page }) => {
	await page.goto(app.url);
	await ready(page);
	await app.stop();
	const former = markets;
	markets = [...markets, market('CARMES', 1.445, 43.5982)];
	try {
		const head = path.join(app.dataDir, 'packs/market/head.json');
		const kept = JSON.parse(fs.readFileSync(head, 'utf8')) as Record<string, unknown>;
		fs.writeFileSync(head, JSON.stringify({ ...kept, checked: '2026-01-01T00:00:00Z' }));
		const { port } = new URL(app.url);
		app = await startApp({ PORTAL_URL: portal.url, PORT: port }, { dataDir: app.dataDir });
		await expect
			.poll(async () => (await (await fetch(`${app.url}/api/v1/packs/market`)).json()) as unknown)
			.toMatchObject({ count: 3 });
		const asked: string[] = [];
		page.on('request', (request) => asked.push(request.url()));
		await page.goto(`${app.url}/a-propos/donnees`);
		await expect(page.locator('[data-pack="market"]')).toContainText('3 lieux');
		const packs = asked.filter((url) => url.includes('/api/v1/packs/'));
		expect(packs).toEqual([expect.stringContaining('/market?since=')]);
	} finally {
		markets = former;
	}
});

test('a phone that spares data gets no pack but the one it asks for', async ({ page }) => {
	await page.addInitScript(() =>
		Object.defineProperty(navigator, 'connection', { value: { saveData: true } })
	);
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await page.goto(app.url);
	await ready(page);
	expect(asked.filter((path) => path.startsWith('/api/v1/packs/'))).toEqual([]);
	await page.getByRole('button', { name: 'Marchés' }).click();
	await expect.poll(() => listed(page)).toContain('market-toulouse-capitole');
	expect(asked.filter((path) => path.startsWith('/api/v1/packs/'))).toEqual([
		'/api/v1/packs/market'
	]);
});

test('without script the list, the search and the page of a market are there; all of it passes axe in both themes', async ({
	browser
}) => {
	const plain = await browser.newContext({ javaScriptEnabled: false, locale: 'fr-FR' });
	const still = await plain.newPage();
	await still.goto(`${app.url}/?layers=market&q=etienne`);
	expect(await listed(still)).toEqual([
		'market-toulouse-capitole',
		'market-toulouse-saint-etienne'
	]);
	await still
		.getByRole('list', { name: 'Résultats' })
		.getByRole('link', { name: /Saint Étienne/ })
		.click();
	await expect(still.getByRole('heading', { level: 1 })).toHaveText('Saint Étienne');
	expect((await still.goto(`${app.url}/lieu/market-toulouse-nowhere`))?.status()).toBe(404);
	await plain.close();

	for (const colorScheme of ['light', 'dark'] as const) {
		const context = await browser.newContext({
			colorScheme,
			locale: 'fr-FR',
			viewport: { width: 390, height: 844 }
		});
		const page = await context.newPage();
		for (const address of [
			'/?layers=market,sport',
			'/lieu/market-toulouse-capitole',
			'/a-propos/donnees'
		]) {
			await page.goto(app.url + address);
			if (address.startsWith('/a-propos')) await expect(page.locator('[data-pack]')).toHaveCount(2);
			const { violations } = await new AxeBuilder({ page }).analyze();
			expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
		}
		await context.close();
	}
});

const released: Readonly<Record<number, Readonly<Record<string, readonly string[]>>>> = {
	2: { places: [], meta: [], history: ['savedAt'] },
	3: {
		places: [],
		meta: [],
		history: ['savedAt'],
		favourites: [],
		packs: [],
		packItems: ['pack'],
		outbox: ['createdAt'],
		drafts: [],
		alerts: ['at'],
		own: []
	}
};

for (const version of [2, 3])
	test(`a phone in the released form ${version} keeps what it held, and packs beside it`, async ({
		page
	}) => {
		await page.goto(`${app.url}/healthz`);
		await page.evaluate(
			({ version, stores }) =>
				new Promise<void>((resolve, reject) => {
					const request = indexedDB.open('capitoul', version);
					request.onerror = () => reject(new Error('not opened'));
					request.onupgradeneeded = () => {
						for (const [name, indexes] of Object.entries(stores)) {
							const outOfLine = name === 'meta' || name === 'own';
							const store = request.result.createObjectStore(
								name,
								outOfLine ? undefined : { keyPath: name === 'history' ? 'key' : 'id' }
							);
							for (const index of indexes) store.createIndex(index, index);
						}
					};
					request.onsuccess = () => {
						const tx = request.result.transaction('history', 'readwrite');
						tx.objectStore('history').put({ key: 'kept', savedAt: 1, curve: null, week: null });
						tx.oncomplete = () => {
							request.result.close();
							resolve();
						};
					};
				}),
			{ version, stores: released[version] ?? {} }
		);
		await page.goto(app.url);
		await ready(page);
		const found = await page.evaluate(
			() =>
				new Promise<unknown>((resolve) => {
					const request = indexedDB.open('capitoul');
					request.onsuccess = () => {
						const tx = request.result.transaction(['history', 'packItems']);
						const kept = tx.objectStore('history').get('kept');
						const items = tx.objectStore('packItems').count();
						tx.oncomplete = () => {
							request.result.close();
							resolve({ kept: (kept.result as { savedAt: number }).savedAt, items: items.result });
						};
					};
				})
		);
		expect(found).toEqual({ kept: 1, items: 3 });
	});

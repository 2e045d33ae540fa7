import { expect, test } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, publish, station } from '#server/testing/city.ts';

let app: App;

test.beforeAll(async () => {
	app = await startApp();
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 1, docks: 17 });
	await station(app, {
		id: 'bike-test-2',
		name: 'Vieille station',
		bikes: 4,
		agoMs: 3 * 365 * 86_400_000
	});
	await publish(app, 'parking', 'parking-test-carmes', {
		name: 'Parking Carmes',
		location: { type: 'Point', coordinates: [1.445, 43.5982] },
		totalSpotNumber: 500
	});
	await publish(app, 'air', 'air-test-1', {
		name: 'Berthelot',
		location: { type: 'Point', coordinates: [1.4441, 43.6001] },
		no2: 23
	});
	await publish(app, 'air', 'air-test-zone', {
		name: 'Toulouse',
		location: { type: 'Point', coordinates: [1.44, 43.6] },
		airQualityIndex: 2
	});
	await known(app, [
		'bike-test-1',
		'bike-test-2',
		'parking-test-carmes',
		'air-test-1',
		'air-test-zone'
	]);
});

test.afterAll(() => app.stop());

test.describe('without JavaScript', () => {
	test.use({ javaScriptEnabled: false });

	test('the page says the figure, its noun, its age and what can be done', async ({ page }) => {
		await page.goto(`${app.url}/lieu/bike-test-1`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Capitole');
		const figure = page.locator('[data-attribute="availableBikeNumber"]').first();
		await expect(figure).toHaveText('1');
		await expect(figure).toHaveAttribute('data-value', '1');
		await expect(page.getByText('vélo', { exact: true })).toBeVisible();
		await expect(page.getByText('17\u00a0places')).toBeVisible();
		await expect(page.getByRole('link', { name: 'Y aller' })).toHaveAttribute(
			'href',
			/^geo:43\.6045,1\.4442/
		);
	});

	test('an old figure is said to be too old, never live', async ({ page }) => {
		await page.goto(`${app.url}/lieu/bike-test-2`);
		const figure = page.locator('[data-attribute="availableBikeNumber"]').first();
		await expect(figure).toHaveAttribute('data-freshness', 'dead');
		await expect(page.getByText('Trop ancien')).toBeVisible();
		await expect(page.getByText('À jour')).toHaveCount(0);
	});

	test('a car park without a feed tells what is known of it', async ({ page }) => {
		await page.goto(`${app.url}/lieu/parking-test-carmes`);
		await expect(page.locator('[data-attribute="totalSpotNumber"]').first()).toHaveText('500');
		await expect(page.getByText('ne dit pas combien')).toBeVisible();
		await expect(page.getByText('24 h/24')).toBeVisible();
	});

	test('only the official value is called « indice ATMO »', async ({ page }) => {
		await page.goto(`${app.url}/lieu/air-test-1`);
		await expect(page.getByText('bon (indicatif)').first()).toBeVisible();
		await page.goto(`${app.url}/lieu/air-test-zone`);
		await expect(page.getByText('moyen (indice ATMO)').first()).toBeVisible();
	});

	for (const path of ['/lieu/bike-test-404', '/lieu/%C3%A9t%C3%A9', '/nulle-part'])
		test(`${path} is answered 404 with a way back`, async ({ page }) => {
			const answer = await page.goto(app.url + path);
			expect(answer?.status()).toBe(404);
			await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rien à cette adresse');
			await expect(page.getByRole('link', { name: 'Retour à l’accueil' })).toBeVisible();
		});
});

test('a value that changes shows on the open page', async ({ page }) => {
	await page.goto(`${app.url}/lieu/bike-test-1`);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 6 });
	await expect(page.locator('[data-attribute="availableBikeNumber"]').first()).toHaveText('6');
});

test('without a network « Y aller » stays within reach', async ({ page, context }) => {
	await page.goto(`${app.url}/lieu/bike-test-1`);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	await context.setOffline(true);
	await page.evaluate(() => window.dispatchEvent(new Event('offline')));
	const bar = page.getByText('Sans réseau depuis');
	await expect(bar).toBeVisible({ timeout: 30_000 });
	await page.getByRole('link', { name: 'Y aller' }).click({ trial: true });
});

test('messages that never came are told, straight from the address and from the list', async ({
	page
}) => {
	const id = 'bike-test-gaps';
	const location = { type: 'Point', coordinates: [1.4443, 43.6046] };
	for (const sequence of [1, 5])
		await publish(app, 'bike', id, {
			availableBikeNumber: sequence,
			name: 'Trous',
			location,
			sequence
		});
	await known(app, [id]);
	const told = page.getByText('3 mesures de ce capteur ne sont jamais arrivées.');
	await page.goto(`${app.url}/lieu/${id}`);
	await expect(told).toBeVisible();
	await page.goto(app.url);
	await page.locator(`[data-entity="${id}"] a`).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Trous');
	await expect(told).toBeVisible();
});

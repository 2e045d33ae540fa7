import type { Page } from 'playwright/test';
import { expect, test } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, station } from '#server/testing/city.ts';

let app: App;
test.beforeAll(async () => {
	app = await startApp();
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await known(app, ['bike-test-1']);
});
test.afterAll(() => app.stop());

const ready = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
const star = (page: Page) =>
	page.getByRole('button', { name: 'Garder « Capitole » dans Mes lieux' });
const part = (page: Page, title: string) =>
	page.locator('.part').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
/** Opens the app with one place kept; tells what failed in the page since. */
async function keeper(page: Page): Promise<string[]> {
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(error.message));
	await page.goto(app.url);
	await ready(page);
	await star(page).click();
	await expect(star(page)).toHaveAttribute('aria-pressed', 'true');
	return errors;
}

test('what the phone keeps is counted, and goes part by part only when the person says so twice', async ({
	page
}) => {
	const errors = await keeper(page);
	await page.goto(`${app.url}/a-propos/donnees`);
	const mine = part(page, 'Mes lieux');
	await expect(mine).toContainText('1 élément');
	await expect(page.getByRole('heading', { name: /Place prise en tout/ })).toBeVisible();
	await mine.getByRole('button', { name: 'Effacer' }).click();
	await expect(mine.getByRole('button', { name: 'Non, garder' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(mine).toContainText('1 élément');
	await mine.getByRole('button', { name: 'Effacer' }).click();
	await mine.getByRole('button', { name: 'Oui, effacer' }).click();
	await expect(mine).toContainText('rien');

	// The city comes back with the network, whole.
	const city = part(page, 'Dernières valeurs de la ville');
	await city.getByRole('button', { name: 'Effacer' }).click();
	await Promise.all([
		page.waitForEvent('load'),
		city.getByRole('button', { name: 'Oui, effacer' }).click()
	]);
	await page.goto(app.url);
	await expect(star(page)).toHaveAttribute('aria-pressed', 'false');
	await ready(page);
	expect(errors).toEqual([]);
});

test('« Tout effacer » leaves a phone as on its first day, and the app goes on', async ({
	page
}) => {
	const errors = await keeper(page);
	await page.goto(`${app.url}/a-propos/donnees`);
	const all = part(page, 'Tout effacer');
	await all.getByRole('button', { name: 'Effacer' }).click();
	await all.getByRole('button', { name: 'Oui, effacer' }).click();
	await expect(page).toHaveURL(`${app.url}/`);
	await ready(page);
	await expect(star(page)).toHaveAttribute('aria-pressed', 'false');
	expect(errors).toEqual([]);
});

for (const what of ['memory', 'caches', 'worker', 'everything'])
	test(`a phone that lost its ${what} starts clean, with no error and no loop`, async ({
		page
	}) => {
		const errors = await keeper(page);
		let loads = 0;
		await page.evaluate(async (what) => {
			const every = what === 'everything';
			if (every || what === 'caches')
				for (const name of await caches.keys()) await caches.delete(name);
			if (every || what === 'worker')
				for (const worker of await navigator.serviceWorker.getRegistrations())
					await worker.unregister();
			if (every || what === 'memory')
				await new Promise((resolve) => {
					const request = indexedDB.deleteDatabase('capitoul');
					request.onsuccess = request.onerror = request.onblocked = resolve;
				});
		}, what);
		page.on('load', () => loads++);
		await page.goto(`${app.url}/mes-lieux`);
		await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
		await page.getByRole('link', { name: 'Autour' }).click();
		await expect(page.locator('[data-entity="bike-test-1"] [data-value="9"]')).toBeVisible();
		if (what !== 'caches') await ready(page);
		expect(loads).toBe(1);
		expect(errors).toEqual([]);
	});

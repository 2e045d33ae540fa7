import zlib from 'node:zlib';
import type { Browser } from 'playwright/test';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { openEar } from '#server/testing/ear.ts';
import { known, publish, station } from '#server/testing/city.ts';

let app: App;

const NEAR = { id: 'bike-test-1', name: 'Place du Capitole', bikes: 7 };
const NEXT = { id: 'bike-test-2', name: 'Jeanne-d’Arc', bikes: 1, location: [1.4459, 43.608] };
const FAR = { id: 'bike-test-9', name: 'Ramonville', bikes: 12, location: [1.4752, 43.5562] };

test.beforeAll(async () => {
	app = await startApp();
	await station(app, NEAR);
	await station(app, { ...NEXT, location: [1.4459, 43.608] });
	await station(app, { ...FAR, location: [1.4752, 43.5562] });
	await publish(app, 'air', 'air-test-1', {
		name: 'Toulouse – Berthelot',
		location: { type: 'Point', coordinates: [1.4441, 43.6001] },
		no2: 23,
		pm25: 12
	});
	await publish(app, 'weather', 'weather-test-1', {
		name: 'Toulouse centre',
		location: { type: 'Point', coordinates: [1.4472, 43.6031] },
		temperature: 14.2
	});
	await known(app, [NEAR.id, NEXT.id, FAR.id, 'air-test-1', 'weather-test-1']);
});

test.afterAll(() => app.stop());

const list = (page: Page) => page.getByRole('list', { name: 'Lieux' });
const item = (page: Page, id: string) => list(page).locator(`[data-entity="${id}"]`);
const order = (page: Page) =>
	list(page)
		.locator('[data-entity]')
		.evaluateAll((items) => items.map((li) => li.getAttribute('data-entity')));

test.describe('without JavaScript', () => {
	test.use({ javaScriptEnabled: false });

	test('the first HTML shows the Capitole’s places with their values, nearest first', async ({
		page
	}) => {
		await page.goto(app.url);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Autour du Capitole');
		expect(await order(page)).toEqual([
			'bike-test-1',
			'weather-test-1',
			'bike-test-2',
			'air-test-1'
		]);
		const main = item(page, NEAR.id).locator('[data-attribute="availableBikeNumber"]');
		await expect(main).toHaveAttribute('data-value', '7');
		await expect(main).toHaveAttribute('data-observed', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
		await expect(main).toHaveAttribute('data-freshness', 'fresh');
		await expect(item(page, NEAR.id)).toHaveAttribute('data-layer', 'bike');
		await expect(item(page, NEAR.id)).toHaveAttribute('data-freshness', 'fresh');
		await expect(item(page, NEAR.id)).toContainText('vélos');
		await expect(item(page, NEXT.id)).toContainText('1 vélo, peu de vélos'.split(',')[1] ?? '');
		await expect(item(page, NEAR.id).locator('time')).toHaveAttribute('datetime', /Z$/);
	});

	test('search, layers and places answer as plain links and forms', async ({ page }) => {
		await page.goto(app.url);
		await page.getByRole('searchbox', { name: 'Rechercher' }).fill('ramonville');
		await page.keyboard.press('Enter');
		await expect(page).toHaveURL(/[?&]q=ramonville/);
		const results = page.getByRole('list', { name: 'Résultats' });
		await expect(results.locator(`a[href="/lieu/${FAR.id}"]`)).toBeVisible();

		await page.goto(app.url);
		await page.getByRole('button', { name: 'Vélos' }).click();
		await expect(page).toHaveURL(/layers=parking,air,weather|layers=parking%2Cair%2Cweather/);
		await expect(item(page, NEAR.id)).toHaveCount(0);
		await expect(page.getByRole('button', { name: 'Vélos' })).toHaveAttribute(
			'aria-pressed',
			'false'
		);

		await page.goto(app.url);
		await item(page, NEAR.id).getByRole('link').click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(NEAR.name);
	});

	test('an address names a view, and one that makes no sense names the Capitole', async ({
		page
	}) => {
		await page.goto(`${app.url}/?lat=43.5562&lon=1.4752&z=15&layers=bike`);
		expect(await order(page)).toEqual([FAR.id]);
		await page.goto(`${app.url}/?lat=abc&lon=1.4752`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Autour du Capitole');
	});
});

test('values change in place: neither order nor focus moves until « Actualiser »', async ({
	page
}) => {
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	const link = item(page, NEXT.id).getByRole('link');
	await link.focus();
	await link.evaluate((node) => node.setAttribute('data-same', 'yes'));
	const before = await order(page);
	const top = (await link.boundingBox())?.y;

	await station(app, { ...NEXT, bikes: 9, location: [1.4459, 43.608] });
	await station(app, { id: 'bike-test-3', name: 'Wilson', bikes: 3, location: [1.4443, 43.6046] });
	await expect(
		item(page, NEXT.id).locator('[data-attribute="availableBikeNumber"]')
	).toHaveAttribute('data-value', '9');
	await expect(item(page, 'bike-test-3')).toBeAttached({ timeout: 20_000 });
	expect(await order(page)).toEqual([...before, 'bike-test-3']);
	await expect(link).toBeFocused();
	await expect(link).toHaveAttribute('data-same', 'yes');
	expect((await link.boundingBox())?.y).toBe(top);

	await page.getByRole('button', { name: 'Actualiser' }).click();
	await expect.poll(async () => (await order(page)).indexOf('bike-test-3')).toBeLessThan(2);
});

test('search by keyboard alone: accents do not count, a landmark moves the list there', async ({
	page
}) => {
	await page.goto(app.url);
	const box = page.getByRole('searchbox', { name: 'Rechercher' });
	await box.focus();
	await box.pressSequentially('jeanne');
	const results = page.getByRole('list', { name: 'Résultats' });
	await expect(results.getByRole('link').first()).toBeVisible();
	await page.keyboard.press('ArrowDown');
	await expect(results.getByRole('link').first()).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(box).toBeFocused();
	await expect(box).toHaveValue('');

	await box.pressSequentially('ramonville');
	const landmark = results.getByRole('link', { name: /Ramonville.*Métro/ });
	await expect(landmark).toBeVisible();
	await landmark.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Ramonville');
	await expect(item(page, FAR.id)).toBeVisible();
});

test('a layer taken away takes its places off the list, and nothing chosen says so', async ({
	page
}) => {
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	for (const name of ['Vélos', 'Parkings', 'Air', 'Météo', 'Bruit']) {
		const chip = page.getByRole('button', { name, exact: true });
		await expect(chip).toHaveAttribute('aria-pressed', 'true');
		await chip.click();
		await expect(chip).toHaveAttribute('aria-pressed', 'false');
	}
	await expect(list(page).locator('[data-entity]')).toHaveCount(0);
	await page.getByRole('button', { name: 'Tout afficher' }).click();
	await expect(item(page, NEAR.id)).toBeVisible();
});

/** What a phone sends from the click « Me situer » on, at each of these places in turn. */
async function sentFrom(
	browser: Browser,
	places: readonly { latitude: number; longitude: number }[]
) {
	const ear = await openEar(app.url);
	const context = await browser.newContext({
		permissions: ['geolocation'],
		...(places[0] && { geolocation: places[0] }),
		serviceWorkers: 'block'
	});
	try {
		const page = await context.newPage();
		await page.goto(ear.url);
		await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
		// Asked once for each socket, whenever the phone finds the time.
		await expect.poll(() => ear.sent).toContain('GET /api/v1/city-alerts');
		const before = ear.sent.length;
		for (const [n, place] of places.entries()) {
			await context.setGeolocation(place);
			await page.getByRole('button', { name: 'Me situer' }).click();
			if (n === 0) {
				await expect(page.getByRole('heading', { level: 1 })).toHaveText('Autour de vous');
				await expect(page.locator('html')).toHaveAttribute('data-connection', 'polling');
			}
		}
		await expect
			.poll(() => ear.sent.slice(before).some((line) => line.startsWith(DISTRICTS)))
			.toBe(true);
		// The nearest comes first: the position was truly read.
		const [nearest] = await order(page);
		await page.getByRole('button', { name: 'Actualiser' }).click();
		await expect.poll(() => ear.sent.at(-1)).toMatch(/^GET \/api/);
		expect(page.url()).not.toMatch(/43\.|1\.4/);
		// A cursor counts the city's changes, not the person's steps.
		const sent = ear.sent.slice(before).map((line) => line.replace(/since=[^& ]*/, 'since='));
		return { nearest, sent };
	} finally {
		await context.close();
		await ear.close();
	}
}

const DISTRICTS = 'subscribe capitoul/v1/district/';

test('two hundred positions send what one sends, and each is told its own distances', async ({
	browser
}) => {
	const ramonville = { latitude: 43.55713, longitude: 1.47437 };
	const walk = Array.from({ length: 200 }, (_, n) => ({
		latitude: 43.62 - n * 0.0003,
		longitude: 1.38 + n * 0.0005
	}));
	const one = await sentFrom(browser, [ramonville]);
	const many = await sentFrom(browser, walk);
	expect(one.nearest).toBe(FAR.id);
	expect(many.nearest).not.toBe(FAR.id);
	expect(one.sent.some((line) => line.startsWith(DISTRICTS))).toBe(true);
	expect(one.sent.some((line) => line.startsWith('subscribe capitoul/v1/live/'))).toBe(false);
	expect(many.sent).toEqual(one.sent);
});

test.describe('position granted', () => {
	test.use({
		permissions: ['geolocation'],
		geolocation: { latitude: 43.55713, longitude: 1.47437 }
	});

	test('distances are the person’s, in the list and nowhere in the address', async ({ page }) => {
		await page.goto(app.url);
		await page.getByRole('button', { name: 'Me situer' }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Autour de vous');
		await expect(item(page, FAR.id)).toContainText('120\u00a0m');
		await item(page, FAR.id).getByRole('link').click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(FAR.name);
		expect(page.url()).not.toMatch(/43\.55|1\.47/);
	});
});

test('position refused: one sentence says what to do, and the list stays', async ({ page }) => {
	await page.goto(app.url);
	await page.getByRole('button', { name: 'Me situer' }).click();
	await expect(page.getByText('Cherchez un lieu')).toBeVisible();
	await expect(item(page, NEAR.id)).toBeVisible();
});

test('what is pressed before the app is there is done once it is', async ({ page }) => {
	let bring: () => void = () => {};
	const wanted = new Promise<void>((resolve) => (bring = resolve));
	await page.route('**/_app/immutable/entry/*.js', async (route) => {
		await wanted;
		await route.continue();
	});
	await page.goto(app.url);
	const star = item(page, NEAR.id).getByRole('button', { name: 'Garder' });
	await star.click();
	await expect(star).toHaveAttribute('aria-pressed', 'false');
	bring();
	await expect(star).toHaveAttribute('aria-pressed', 'true');
});

test('the script of the first screen is a handful of files of 80 kB at most, after the words', async ({
	page,
	request
}) => {
	const answer = await request.get(app.url);
	expect(answer.headers()['link'] ?? '').not.toContain('modulepreload');
	const [, named = '[]'] = /for \(const href of (\[.*?\])\)/.exec(await answer.text()) ?? [];
	const scripts = JSON.parse(named) as string[];
	expect(scripts.length).toBeGreaterThan(2);
	expect(scripts.length).toBeLessThanOrEqual(12);
	let bytes = 0;
	for (const script of scripts) {
		const file = await request.get(new URL(script, app.url).href);
		expect(file.status()).toBe(200);
		bytes += zlib.brotliCompressSync(await file.body()).length;
	}
	expect(bytes).toBeLessThanOrEqual(80_000);

	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	const [painted, fetched] = await page.evaluate(
		() =>
			[
				performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
				performance
					.getEntriesByType('resource')
					.filter(({ name }) => name.includes('/_app/immutable/') && name.endsWith('.js'))
					.map(({ startTime }) => startTime)
			] as const
	);
	expect(fetched.length).toBeGreaterThanOrEqual(scripts.length);
	// A machine that paints nothing within a second does not keep the script waiting.
	expect(Math.min(...fetched)).toBeGreaterThanOrEqual(Math.min(painted ?? Infinity, 1_000));
});

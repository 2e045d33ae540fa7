import { AxeBuilder } from '@axe-core/playwright';
import { run } from '#server/reports/cli.ts';
import { aReport, upload } from '#server/reports/testing.ts';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, publish, station } from '#server/testing/city.ts';

let app: App;
let report: { id: string; followToken: string };

test.beforeAll(async () => {
	app = await startApp();
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await station(app, { id: 'bike-test-2', name: 'Esquirol', bikes: 1, location: [1.444, 43.6003] });
	await station(app, { id: 'bike-test-3', name: 'Carmes', bikes: 0, location: [1.445, 43.5982] });
	await station(app, {
		id: 'bike-test-4',
		name: 'Wilson',
		bikes: 4,
		agoMs: 86_400_000,
		location: [1.4468, 43.6052]
	});
	const at = (lon: number, lat: number) => ({ type: 'Point', coordinates: [lon, lat] });
	for (const [rank, no2] of [20, 60, 100, 200, 300, 400].entries())
		await publish(app, 'air', `air-test-${rank}`, {
			name: `Air ${rank}`,
			location: at(1.442, 43.601 + rank / 1000),
			no2
		});
	await publish(app, 'weather', 'weather-test-1', {
		name: 'Météo',
		location: at(1.4472, 43.6031),
		temperature: 14.2,
		windSpeed: 8,
		windDirection: 130,
		relativeHumidity: 0.6
	});
	await publish(app, 'parking', 'parking-test-carmes', {
		name: 'Parking Carmes',
		location: at(1.445, 43.5982),
		availableSpotNumber: 12,
		totalSpotNumber: 500
	});
	await known(app, ['parking-test-carmes', 'weather-test-1']);
	const body = upload(aReport());
	const answer = await fetch(`${app.url}/api/v1/reports`, { method: 'POST', body });
	report = (await answer.json()) as typeof report;
	await run(['publish', report.id], { DATA_DIR: app.dataDir });
});

test.afterAll(() => app.stop());

/** Pages by path; a function where the path is known only once the app runs. */
const PAGES: (string | { name: string; path: () => string })[] = [
	'/',
	'/?layers=',
	'/?q=carmes',
	'/?lat=43.6045&lon=1.45&z=11.5',
	'/lieu/bike-test-1',
	'/lieu/bike-test-4',
	'/lieu/air-test-3',
	'/lieu/weather-test-1',
	'/lieu/parking-test-carmes',
	'/lieu/bike-test-404',
	'/lieu/bike-test-1/alerte',
	'/quartier/quartier-1',
	'/mes-lieux',
	'/alertes',
	'/signaler/file',
	'/signalements',
	{ name: 'a report', path: () => `/signalement/${report.id}` },
	{
		name: 'one’s own report',
		path: () => `/signalement/${report.id}?suivi=${report.followToken}`
	},
	'/a-propos',
	'/a-propos/donnees',
	'/nulle/part'
];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// The narrowest phone that is promised.
test.use({ viewport: { width: 360, height: 800 } });

for (const locale of ['fr-FR', 'en-GB'])
	test.describe(locale, () => {
		test.use({ locale });

		for (const each of PAGES) {
			const { name, path } = typeof each === 'string' ? { name: each, path: () => each } : each;
			test(`${name}: nothing axe objects to, light and dark, nothing too small or too wide`, async ({
				page
			}) => {
				await page.goto(app.url + path());
				await expect(page.locator('html')).toHaveAttribute('data-connection', /live|polling/);
				await sound(page, { covered: name.includes('?q=') });
			});
		}

		test('each screen of a report is as sound', async ({ page }) => {
			await page.goto(`${app.url}/signaler?lieu=bike-test-1`);
			await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
			for (const number of [1, 2, 3, 4]) {
				await expect(page.locator('header p')).toContainText(`${number} `);
				await sound(page);
				if (number === 3) {
					await page.getByRole('button', { name: /Bruit|Noise/ }).click();
					await sound(page);
					for (const group of await page.locator('main fieldset').all())
						await group.locator('label').last().click();
				}
				if (number < 4) await page.locator('.next').click();
			}
		});

		test('a pin put by hand and an answer that is a danger are as sound', async ({ page }) => {
			await page.goto(`${app.url}/signaler`);
			await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
			await page.locator('.next').click();
			await page.getByRole('button', { name: /Poser l’épingle|Put the pin/ }).click();
			await sound(page);
			await page.locator('.next').click();
			await page.getByRole('button', { name: /Éclairage|lighting/ }).click();
			await page.getByText(/Un câble est nu|A cable is bare/).click();
			await sound(page);
		});
	});

/** Whether a page can be used: axe light and dark, targets of 44 px, nothing beyond the right edge. */
async function sound(page: Page, { covered = false } = {}) {
	const axe = () => new AxeBuilder({ page });
	// What open results cover is no target while they are open.
	const off = covered ? ['target-size'] : [];
	expect(told(await axe().withTags(TAGS).disableRules(off).analyze())).toEqual([]);
	expect(await small(page)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
	// The theme changes colours and nothing else.
	await page.emulateMedia({ colorScheme: 'dark' });
	expect(told(await axe().withRules(['color-contrast']).analyze())).toEqual([]);
	await page.emulateMedia({ colorScheme: 'light' });
}

const told = ({ violations }: { violations: { id: string; nodes: { html: string }[] }[] }) =>
	violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 160))]);

/** What can be pressed and is less than 44 px high or wide; a link within a sentence may be. */
const small = (page: Page) =>
	page
		.locator('a:visible, button:visible, input:visible, select:visible, summary:visible')
		.evaluateAll((nodes) =>
			nodes
				.filter((node) => !node.closest('.unseen, .maplibregl-ctrl-attrib'))
				.filter(
					(node) =>
						node.parentElement?.textContent?.trim() === node.textContent?.trim() ||
						node.tagName !== 'A' ||
						node.parentElement?.tagName !== 'P'
				)
				// A box is pressed by its label too.
				.map((node) => (node instanceof HTMLInputElement && node.closest('label')) || node)
				.map((node) => ({ box: node.getBoundingClientRect(), html: node.outerHTML }))
				.filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
				.map(({ box, html }) => `${box.width}×${box.height} ${html.slice(0, 120)}`)
		);

test('the first Tab goes to the skip link, which leads to the content', async ({ page }) => {
	await page.goto(app.url);
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Aller au contenu' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.locator('#contenu')).toBeFocused();
});

test('a theme chosen stays, in the first HTML too', async ({ page }) => {
	await page.goto(`${app.url}/a-propos`);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	await page.getByRole('button', { name: 'Sombre' }).click();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await page.reload();
	await expect(page.getByRole('button', { name: 'Sombre' })).toHaveAttribute(
		'aria-pressed',
		'true'
	);
	const html = await (await page.request.get(app.url)).text();
	expect(html).toContain('data-theme="dark"');
});

test('nothing moves while the page comes to life', async ({ page }) => {
	await page.addInitScript(() => {
		const shifts: number[] = [];
		Object.assign(window, { shifts });
		new PerformanceObserver((entries) => {
			for (const entry of entries.getEntries())
				shifts.push((entry as PerformanceEntry & { value: number }).value);
		}).observe({ type: 'layout-shift', buffered: true });
	});
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	await page.waitForTimeout(500);
	const total = await page.evaluate(() =>
		(window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0)
	);
	expect(total).toBeLessThan(0.05);
});

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, publish, station } from '#server/testing/city.ts';

let app: App;

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
});

test.afterAll(() => app.stop());

const PAGES = [
	'/',
	'/?layers=',
	'/?q=carmes',
	'/lieu/bike-test-1',
	'/lieu/bike-test-4',
	'/lieu/air-test-3',
	'/lieu/weather-test-1',
	'/lieu/parking-test-carmes',
	'/lieu/bike-test-404',
	'/mes-lieux',
	'/a-propos',
	'/a-propos/donnees'
];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

for (const locale of ['fr-FR', 'en-GB'])
	test.describe(locale, () => {
		test.use({ locale });

		for (const path of PAGES)
			test(`${path} has nothing axe objects to, light and dark`, async ({ page }) => {
				await page.goto(app.url + path);
				await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
				// What open results cover is no target while they are open.
				const covered = path.includes('?q=') ? ['target-size'] : [];
				const axe = () => new AxeBuilder({ page });
				expect(told(await axe().withTags(TAGS).disableRules(covered).analyze())).toEqual([]);
				// The theme changes colours and nothing else.
				await page.emulateMedia({ colorScheme: 'dark' });
				expect(told(await axe().withRules(['color-contrast']).analyze())).toEqual([]);
			});
	});

const told = ({ violations }: { violations: { id: string; nodes: { html: string }[] }[] }) =>
	violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 160))]);

test('what can be pressed is at least 44 px high and wide, or stands in a sentence', async ({
	page
}) => {
	for (const path of ['/', '/lieu/bike-test-1', '/mes-lieux', '/a-propos', '/a-propos/donnees']) {
		await page.goto(app.url + path);
		await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
		const small = await page
			.locator('a:visible, button:visible, input:visible')
			.evaluateAll((nodes) =>
				nodes
					.filter((node) => !node.closest('.unseen, .maplibregl-ctrl-attrib'))
					.filter(
						(node) =>
							node.parentElement?.textContent?.trim() === node.textContent?.trim() ||
							node.tagName !== 'A' ||
							node.parentElement?.tagName !== 'P'
					)
					.map((node) => ({ box: node.getBoundingClientRect(), html: node.outerHTML }))
					.filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
					.map(({ box, html }) => `${box.width}×${box.height} ${html.slice(0, 120)}`)
			);
		expect(small).toEqual([]);
	}
});

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

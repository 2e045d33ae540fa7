import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, publish, station } from '#server/testing/city.ts';

let app: App;

/** Always the same numbers between 0 and 1 (mulberry32): a failing view can be looked at again. */
function dice(seed: number): () => number {
	return () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

const CENTRE = 'bike-test-1';

test.beforeAll(async () => {
	app = await startApp();
	const roll = dice(31);
	const ids: string[] = [];
	for (let n = 1; n <= 60; n++) {
		const location: [number, number] =
			n === 1
				? [1.4442, 43.6045]
				: [1.4442 + (roll() - 0.5) * 0.05, 43.6045 + (roll() - 0.5) * 0.04];
		ids.push(`bike-test-${n}`);
		await station(app, {
			id: `bike-test-${n}`,
			name: `Station ${n}`,
			bikes: n % 3 === 0 ? 0 : n % 5,
			location
		});
	}
	await publish(app, 'weather', 'weather-test-1', {
		name: 'Toulouse centre',
		location: { type: 'Point', coordinates: [1.4472, 43.6031] },
		temperature: 14.2
	});
	await known(app, [...ids, 'weather-test-1']);
});

test.afterAll(() => app.stop());

const region = (page: Page) => page.getByRole('region', { name: 'Carte' });
const button = (page: Page) => page.getByRole('button', { name: 'Carte', exact: true });

/** Ids of the list and of the map, read in the same instant. */
const both = (page: Page) =>
	page.evaluate(() => ({
		list: [...document.querySelectorAll('[role="list"][aria-label="Lieux"] [data-entity]')].map(
			(item) => item.getAttribute('data-entity') ?? ''
		),
		map: document.querySelector('[data-ids]')?.getAttribute('data-ids')?.split(' ').filter(Boolean)
	}));

/** Waits until the map has drawn all it was given. */
async function drawn(page: Page): Promise<string[]> {
	await expect(region(page).locator('canvas')).toBeVisible({ timeout: 30_000 });
	await expect(region(page)).toHaveAttribute('data-ids', /.*/, { timeout: 30_000 });
	return (await both(page)).map ?? [];
}

test.describe('the sketch', () => {
	test.use({ javaScriptEnabled: false });

	test('is in the first HTML, with the Garonne’s city and its marks, in a few kilobytes', async ({
		page
	}) => {
		const html = await (await page.request.get(app.url)).text();
		const svg = /<svg class="sketch[\s\S]*?<\/svg>/.exec(html)?.[0] ?? '';
		expect(svg.length).toBeGreaterThan(1_500);
		expect(svg.length).toBeLessThan(6_500);
		await page.goto(app.url);
		await expect(region(page)).toHaveAttribute(
			'data-bbox',
			/^1\.43\d+,43\.59\d+,1\.45\d+,43\.6\d+$/
		);
		await expect(page.locator('.sketch .mark').first()).toBeVisible();
	});
});

test('until somebody asks for the map, neither MapLibre nor the drawing’s geometry is fetched', async ({
	page
}) => {
	const asked: string[] = [];
	page.on('request', (request) => asked.push(request.url()));
	await page.goto(app.url);
	await expect(region(page)).toHaveAttribute('data-ids', /bike-test-1/);
	await expect(region(page).locator('canvas')).toHaveCount(0);
	expect(asked.filter((url) => /sketch\.json|maplibre/.test(url))).toEqual([]);
	await expect(button(page)).toHaveAttribute('aria-expanded', 'false');

	await button(page).click();
	await expect(button(page)).toHaveAttribute('aria-expanded', 'true');
	expect(await drawn(page)).toContain(CENTRE);
	expect(asked.some((url) => url.includes('sketch.json'))).toBe(true);
});

test('a tap on the sketch opens the map, and who opened it finds it open again', async ({
	page
}) => {
	await page.goto(app.url);
	await expect(region(page)).toHaveAttribute('data-ids', /.+/);
	await page.locator('.sketch').click({ position: { x: 150, y: 60 } });
	await drawn(page);
	await page.reload();
	await drawn(page);
	await button(page).click();
	await expect(region(page).locator('canvas')).toHaveCount(0);
	await page.reload();
	await expect(region(page)).toHaveAttribute('data-ids', /.+/);
	await expect(button(page)).toHaveAttribute('aria-expanded', 'false');
});

test('at twenty views taken at random, what the map draws is in the list', async ({ page }) => {
	test.setTimeout(600_000); // twenty first paints of WebGL in software
	await page.addInitScript(() => localStorage.setItem('carte', 'ouverte'));
	const roll = dice(7);
	let seen = 0;
	for (let i = 0; i < 20; i++) {
		const lat = 43.6045 + (roll() - 0.5) * 0.03;
		const lon = 1.4442 + (roll() - 0.5) * 0.04;
		const zoom = 12 + roll() * 4;
		await page.goto(`${app.url}/?lat=${lat.toFixed(5)}&lon=${lon.toFixed(5)}&z=${zoom.toFixed(2)}`);
		await drawn(page);
		const { list, map } = await both(page);
		expect(list, `view ${i}`).toEqual(expect.arrayContaining(map ?? []));
		seen += map?.length ?? 0;
	}
	expect(seen).toBeGreaterThan(20);
});

test('arrows and + and - move the map, and the list with it', async ({ page }) => {
	await page.goto(app.url);
	await button(page).click();
	await drawn(page);
	const before = await region(page).getAttribute('data-bbox');
	await region(page).locator('canvas').focus();
	await page.keyboard.press('ArrowRight');
	await expect(region(page)).not.toHaveAttribute('data-bbox', before ?? '');
	await drawn(page);
	const zoom = Number(await region(page).getAttribute('data-zoom'));
	await page.keyboard.press('-');
	await expect
		.poll(async () => Number(await region(page).getAttribute('data-zoom')))
		.toBeLessThan(zoom - 0.5);
	await drawn(page);
	const { list, map } = await both(page);
	expect(list).toEqual(expect.arrayContaining(map ?? []));
});

for (const colorScheme of ['light', 'dark'] as const)
	test.describe(`in the ${colorScheme} theme`, () => {
		test.use({ colorScheme });

		test('the open map and its legend are accessible', async ({ page }) => {
			await page.goto(app.url);
			await button(page).click();
			await drawn(page);
			await page.getByText('Légende').click();
			const { violations } = await new AxeBuilder({ page })
				.include('.carte')
				.withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
				.analyze();
			expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
		});
	});

test('a tap on a mark opens its place', async ({ page }) => {
	await page.goto(`${app.url}/?lat=43.6045&lon=1.4442&z=15`);
	await button(page).click();
	await drawn(page);
	const box = await region(page).locator('canvas').boundingBox();
	if (!box) throw new Error('no canvas');
	await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
	await expect(page).toHaveURL(new RegExp(`/lieu/${CENTRE}$`));
});

test('a value that changes changes its mark, and nothing else moves', async ({ page }) => {
	await page.goto(app.url);
	await expect(region(page)).toHaveAttribute('data-ids', /.+/);
	const squares = () => page.locator('.sketch .mark.square').getAttribute('d');
	const before = await squares();
	await station(app, { id: CENTRE, name: 'Station 1', bikes: 0, location: [1.4442, 43.6045] });
	await expect.poll(squares).not.toBe(before);
});

test('without WebGL one sentence says so, and the sketch and the list go on', async ({ page }) => {
	await page.addInitScript({
		content: `const real = HTMLCanvasElement.prototype.getContext;
			HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
				return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
			};`
	});
	await page.goto(app.url);
	await expect(region(page)).toHaveAttribute('data-ids', /.+/);
	await button(page).click();
	await expect(region(page).getByRole('status')).toContainText('ne peut pas afficher le plan');
	await expect(page.locator('.sketch')).toBeVisible();
	const { list, map } = await both(page);
	expect(list).toContain(CENTRE);
	expect(list).toEqual(expect.arrayContaining(map ?? []));
	await page
		.getByRole('link', { name: /Station 1(?!\d)/ })
		.first()
		.click();
	await expect(page).toHaveURL(/\/lieu\//);
});

test.describe('with nothing kept by the service worker', () => {
	test.use({ serviceWorkers: 'block' });

	test('a map that cannot be fetched says so in one sentence, and pressing again tries again', async ({
		page
	}) => {
		await page.route(/sketch\.json/, (route) => route.abort());
		await page.goto(app.url);
		await expect(region(page)).toHaveAttribute('data-ids', /.+/);
		await button(page).click();
		await expect(region(page).getByRole('status')).toContainText('n’a pas pu être chargé');
		await page.unroute(/sketch\.json/);
		await button(page).click();
		await button(page).click();
		await drawn(page);
	});
});

test.describe('on a wide screen', () => {
	test.use({ viewport: { width: 1280, height: 800 } });

	test('the map comes by itself beside the list', async ({ page }) => {
		await page.goto(app.url);
		const ids = await drawn(page);
		const { list } = await both(page);
		expect(list).toEqual(expect.arrayContaining(ids));
		expect(ids).toContain(CENTRE);
	});
});

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { known, publish, station } from '#server/testing/city.ts';
import { freePort } from '#server/testing/ports.ts';
import { formatTime, startOfDay, wallClock } from '../time.ts';

const QUARTER = 900_000;
const HOUR = 4 * QUARTER;
const ID = 'bike-test-1';
const now = Date.now();
/** A wave over the day, so that no two hours are alike. */
const bikes = (t: number) => (Math.floor((t - startOfDay(t)) / QUARTER) * 7) % 19;

let app: App;

async function past(t: number, id = ID): Promise<void> {
	await publish(app, 'bike', id, {
		dateObserved: formatTime(t),
		name: 'Lafayette',
		location: { type: 'Point', coordinates: [1.4442, 43.6045] },
		availableBikeNumber: bikes(t),
		freeSlotNumber: 19 - bikes(t),
		totalSlotNumber: 22
	});
}

test.beforeAll(async () => {
	app = await startApp();
	const times: number[] = [];
	for (const back of [28, 21, 14, 7, 0])
		for (let t = startOfDay(now, -back); t < Math.min(now, startOfDay(now, 1 - back)); t += QUARTER)
			times.push(t);
	// Yesterday with a hole of six hours in it, twelve readings an hour in one of them.
	const yesterday = startOfDay(now, -1);
	for (let hour = 0; hour < 24; hour++)
		if (hour < 6 || hour >= 12) times.push(yesterday + hour * HOUR);
	for (let minute = 5; minute < 60; minute += 5)
		times.push(yesterday + 14 * HOUR + minute * 60_000);
	times.sort((a, b) => a - b);
	let next = 0;
	const post = async () => {
		for (let t = times[next++]; t !== undefined; t = times[next++]) await past(t);
	};
	await Promise.all(Array.from({ length: 8 }, post));
	await station(app, { id: ID, name: 'Lafayette', bikes: 18, docks: 4 });
	await station(app, { id: 'bike-test-2', name: 'Wilson', bikes: 3, location: [1.4463, 43.6046] });
	await known(app, [ID, 'bike-test-2']);
});

test.afterAll(() => app.stop());

const section = (page: Page) => page.getByRole('region', { name: 'Au fil du temps' });
const plot = (page: Page) => section(page).getByRole('slider');
const said = (page: Page) => section(page).locator('[aria-live]').first();
const span = (page: Page, name: string) => section(page).getByRole('button', { name, exact: true });
const table = (page: Page) => section(page).getByRole('table');

async function open(page: Page): Promise<void> {
	await page.goto(`${app.url}/lieu/${ID}`);
	await expect(plot(page)).toBeVisible();
}

interface Columns {
	t0: string;
	step: number;
	mean: (number | null)[];
	min: (number | null)[];
	max: (number | null)[];
	n: number[];
}

/** What the server says of the last 7 days, asked as anybody would. */
async function week(): Promise<Columns> {
	const query = new URLSearchParams({
		from: formatTime(startOfDay(now, -6)),
		to: formatTime(startOfDay(now, 1)),
		points: '170'
	});
	const answer = await fetch(`${app.url}/api/v1/entities/${ID}/history?${query}`);
	return (await answer.json()) as Columns;
}

const text = (value: string | null) => (value ?? '').replaceAll(/[\u00a0\u202f]/g, ' ').trim();
const french = (value: number) => text(value.toLocaleString('fr-FR', { maximumFractionDigits: 1 }));

test('the table says what the server says, and a gap is no figure', async ({ page }) => {
	await open(page);
	await span(page, '7 jours').click();
	await section(page).getByRole('button', { name: 'Tableau' }).click();
	const columns = await week();
	expect(columns.step).toBe(3_600);
	const rows = await table(page)
		.locator('tbody tr')
		.evaluateAll((trs) =>
			trs.map((tr) => ({
				t: Number(tr.getAttribute('data-t')),
				cells: [...tr.querySelectorAll('td')].map((td) => td.textContent)
			}))
		);
	const until = rows[0]?.t ?? 0;
	expect(until).toBeLessThanOrEqual(Date.now());
	expect(Date.now() - until).toBeLessThan(2 * HOUR);
	expect(rows.length).toBe((until - Date.parse(columns.t0)) / HOUR + 1);
	for (const { t, cells } of rows) {
		const i = (t - Date.parse(columns.t0)) / HOUR;
		const [mean, min, max, n] = [columns.mean[i], columns.min[i], columns.max[i], columns.n[i]];
		if (n === 0) expect(cells.map(text)).toEqual(['pas de mesure', '0']);
		else
			expect(cells.map(text)).toEqual([
				french(mean ?? NaN),
				min === max ? french(min ?? NaN) : `${french(min ?? NaN)} à ${french(max ?? NaN)}`,
				String(n)
			]);
	}
	const hole = startOfDay(now, -1) + 7 * HOUR;
	expect(rows.find(({ t }) => t === hole)?.cells.map(text)).toEqual(['pas de mesure', '0']);
});

test('today stands over a usual day, and one sentence says so', async ({ page }) => {
	await open(page);
	const weekday = new Intl.DateTimeFormat('fr-FR', {
		weekday: 'long',
		timeZone: 'Europe/Paris'
	}).format(now);
	await expect(section(page)).toContainText(
		'La ligne : aujourd’hui, une moyenne par quart d’heure.'
	);
	await expect(section(page)).toContainText(
		new RegExp(`La bande : un ${weekday} habituel \\([45] semaines\\)`)
	);
	await expect(section(page).locator('.habit')).toBeAttached();
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('La bande : du plus bas au plus haut.');
	await expect(section(page).locator('.habit')).toHaveCount(0);
	// The hole parts the line and the band.
	await expect(section(page).locator('.line')).toHaveAttribute('d', /M.*M/);
});

test('arrow keys go over the points, each told with its time; Escape ends it', async ({ page }) => {
	await open(page);
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('une moyenne par heure');
	const idle = await said(page).textContent();
	await plot(page).focus();
	await page.keyboard.press('Home');
	const columns = await week();
	const first = columns.mean.findIndex((value) => value !== null);
	const words = new Intl.DateTimeFormat('fr-FR', {
		weekday: 'short',
		day: 'numeric',
		timeZone: 'Europe/Paris'
	}).format(Date.parse(columns.t0) + first * HOUR);
	await expect(said(page)).toContainText(words);
	await page.keyboard.press('End');
	const last = await said(page).textContent();
	await page.keyboard.press('ArrowLeft');
	await expect(said(page)).not.toHaveText(last ?? '');
	await page.keyboard.press('ArrowRight');
	await expect(said(page)).toHaveText(last ?? '');
	await expect(plot(page)).toHaveAttribute('aria-valuetext', /\d h/);
	await page.keyboard.press('Escape');
	await expect(said(page)).toHaveText(idle ?? '');
});

test('a finger on the curve says what is under it', async ({ page }) => {
	await open(page);
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('une moyenne par heure');
	// Clear of the bars at the bottom.
	await plot(page).evaluate((node) => node.scrollIntoView({ block: 'center' }));
	const box = await plot(page).boundingBox();
	if (!box) throw new Error('no curve');
	const yesterday = (hours: number) => {
		const inset = { left: 30, right: 14 };
		const share =
			(startOfDay(now, -1) - startOfDay(now, -6) + hours * HOUR) /
			(startOfDay(now, 1) - startOfDay(now, -6));
		return box.x + inset.left + share * (box.width - inset.left - inset.right);
	};
	await page.mouse.move(yesterday(9), box.y + 90);
	await expect(said(page)).toContainText('pas de mesure');
	await page.mouse.move(yesterday(18), box.y + 90);
	await expect(said(page)).toContainText(/\d+\svélos?/);
});

test('the CSV has the same figures, in one file made on the phone', async ({ page }) => {
	await open(page);
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('une moyenne par heure');
	const coming = page.waitForEvent('download');
	await section(page).getByRole('button', { name: 'CSV' }).click();
	const file = await coming;
	expect(file.suggestedFilename()).toMatch(/^bike-test-1-availableBikeNumber-.*\.csv$/);
	const chunks: Buffer[] = [];
	for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
	const lines = Buffer.concat(chunks).toString().trimEnd().split('\r\n');
	expect(lines[0]).toBe('entity,attribute,unit,from,to,mean,min,max,n');
	const columns = await week();
	for (const line of lines.slice(1)) {
		const [, , , from = '', , mean = '', , , n] = line.split(',');
		const i = (Date.parse(from) - Date.parse(columns.t0)) / HOUR;
		expect(Number(n)).toBe(columns.n[i]);
		const wanted = columns.mean[i];
		if (wanted === null || wanted === undefined) expect(mean).toBe('');
		else expect(Number(mean)).toBeCloseTo(wanted, 6);
	}
	const href = await section(page)
		.getByRole('link', { name: /Toutes les mesures/ })
		.getAttribute('href');
	const whole = await (await fetch(app.url + (href ?? ''))).text();
	expect(whole.split('\n')[0]).toBe('entity,attribute,dateObserved,value');
	expect(whole).toContain('bike-test-2,availableBikeNumber,');
});

test('another number of the place has its own curve; a capacity has none', async ({ page }) => {
	await open(page);
	const choice = section(page).getByRole('combobox', { name: 'Mesure' });
	await expect(choice.getByRole('option')).toHaveText(['Vélos disponibles', 'Places libres']);
	await choice.selectOption('Places libres');
	await expect(said(page)).toContainText(/places?/);
});

test('the value of now moves its dot without asking anything', async ({ page }) => {
	await page.goto(`${app.url}/lieu/bike-test-2`);
	await expect(plot(page)).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	const asked: string[] = [];
	page.on('request', (request) => asked.push(request.url()));
	await station(app, { id: 'bike-test-2', name: 'Wilson', bikes: 5, location: [1.4463, 43.6046] });
	await expect(said(page)).toContainText(/maintenant\s: 5\svélos/);
	expect(asked.filter((url) => url.includes('/history'))).toEqual([]);
});

test('what was seen is there without a network, with its age; what was not says so', async ({
	page,
	context
}) => {
	await open(page);
	await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('une moyenne par heure');
	await context.setOffline(true);
	await page.reload();
	await expect(plot(page)).toBeVisible();
	await expect(section(page)).toContainText('Gardé sur ce téléphone : reçu');
	await span(page, '7 jours').click();
	await expect(section(page)).toContainText('une moyenne par heure');
	await expect(plot(page)).toBeVisible();
	await span(page, '30 jours').click();
	await expect(section(page)).toContainText('Pas encore vu hors ligne');
	await context.setOffline(false);
	await expect(plot(page)).toBeVisible();
});

test('a phone that kept the city in the first released form keeps it, and curves beside it', async ({
	page
}) => {
	// A page of the app's origin that runs nothing of it.
	await page.goto(`${app.url}/healthz`);
	await page.evaluate(
		(at) =>
			new Promise<void>((resolve, reject) => {
				const request = indexedDB.open('capitoul', 1);
				request.onerror = () => reject(new Error('not opened'));
				request.onupgradeneeded = () => {
					request.result.createObjectStore('places', { keyPath: 'id' });
					request.result.createObjectStore('meta');
				};
				request.onsuccess = () => {
					const tx = request.result.transaction(['places', 'meta'], 'readwrite');
					tx.objectStore('places').put({
						id: 'bike-test-77',
						layer: 'bike',
						name: 'Kept by version 1',
						location: [1.4442, 43.6045],
						simulated: false,
						quality: 'ok',
						received: at,
						observed: at,
						values: { availableBikeNumber: 4 },
						times: { availableBikeNumber: at }
					});
					tx.objectStore('meta').put(
						{ savedAt: at, cursor: 'of.another', orders: {}, mqtt: '', sources: [] },
						'city'
					);
					tx.oncomplete = () => {
						request.result.close();
						resolve();
					};
				};
			}),
		now
	);
	// The city is read from the phone, the server's answer is not waited for.
	await page.route('**/api/v1/entities?*', (route) => route.abort());
	await page.goto(app.url);
	await expect(page.locator('[data-entity="bike-test-77"]')).toContainText('Kept by version 1');
	await page.unroute('**/api/v1/entities?*');
	await open(page);
	const stores = () =>
		page.evaluate(
			() =>
				new Promise<string[]>((resolve) => {
					const request = indexedDB.open('capitoul');
					request.onsuccess = () => {
						const { objectStoreNames, version } = request.result;
						request.result.close();
						resolve([String(version), ...objectStoreNames]);
					};
				})
		);
	expect(await stores()).toEqual([
		'3',
		'alerts',
		'drafts',
		'favourites',
		'history',
		'meta',
		'outbox',
		'own',
		'packItems',
		'packs',
		'places'
	]);
});

test('with the database away the page says since when, and the live value goes on', async ({
	page
}) => {
	const away = await startApp({
		INFLUX_URL: `http://127.0.0.1:${await freePort()}`,
		INFLUX_TOKEN: 'nobody'
	});
	try {
		await station(away, { id: ID, name: 'Lafayette', bikes: 6 });
		await known(away, [ID]);
		await page.goto(`${away.url}/lieu/${ID}`);
		await expect(section(page)).toContainText('Historique en retard');
		await expect(section(page)).toContainText('L’historique ne répond pas');
		await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
		await station(away, { id: ID, name: 'Lafayette', bikes: 9 });
		await expect(page.locator('[data-attribute="availableBikeNumber"]').first()).toHaveText('9');
	} finally {
		await away.kill();
	}
});

test('nothing moves while the curve comes', async ({ page }) => {
	await page.addInitScript(() => {
		const shifts: number[] = [];
		Object.assign(window, { shifts });
		new PerformanceObserver((entries) => {
			for (const entry of entries.getEntries())
				shifts.push((entry as PerformanceEntry & { value: number }).value);
		}).observe({ type: 'layout-shift', buffered: true });
	});
	await open(page);
	const height = (await section(page).boundingBox())?.height;
	for (const name of ['7 jours', '30 jours', '13 mois', 'Tableau', 'Aujourd’hui']) {
		await span(page, name).click();
		await page.waitForTimeout(250);
		expect((await section(page).boundingBox())?.height, name).toBe(height);
	}
	const total = await page.evaluate(() =>
		(window as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0)
	);
	expect(total).toBeLessThan(0.05);
});

test.describe('without JavaScript', () => {
	test.use({ javaScriptEnabled: false });

	test('a place gives its figures as a file', async ({ page }) => {
		await page.goto(`${app.url}/lieu/${ID}`);
		await expect(section(page).getByRole('link', { name: /CSV/ })).toHaveAttribute(
			'href',
			'/api/v1/layers/bike/export.csv'
		);
		await expect(section(page).getByRole('slider')).toHaveCount(0);
	});

	test('an address of a former hour shows the city of that hour, and leads back to now', async ({
		page
	}) => {
		const then = startOfDay(now, -1) + 15 * HOUR;
		await page.goto(`${app.url}/?at=${formatTime(then)}`);
		await expect(page.getByText(/^Vous voyez .* à 15 h$/)).toBeVisible();
		const item = page.locator(`[data-entity="${ID}"]`);
		const figure = item.locator('[data-attribute="availableBikeNumber"]');
		await expect(figure).toHaveAttribute('data-value', String(bikes(then)));
		await expect(figure).toHaveAttribute('data-observed', formatTime(then));
		await expect(figure).toHaveAttribute('data-freshness', 'fresh');
		await expect(item).toContainText('15 h 00');
		// The other station had no reading yet.
		await expect(page.locator('[data-entity="bike-test-2"]')).toHaveCount(0);
		await page.getByRole('link', { name: '1 heure plus tôt' }).click();
		await expect(page.getByText(/à 14 h$/)).toBeVisible();
		await page.getByRole('link', { name: 'Revenir à maintenant' }).click();
		await expect(page.locator('[data-entity="bike-test-2"]')).toBeVisible();
		await page.getByText('Il y a…').click();
		await page.getByRole('link', { name: 'Il y a 3 h' }).click();
		await expect(page.getByText(/^Vous voyez/)).toBeVisible();
	});
});

const band = (page: Page) => page.getByRole('region', { name: 'Revoir la ville' });

test('« Il y a… » by keyboard: a day and an hour, the list of then, and back', async ({ page }) => {
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	const ago = page.locator('summary', { hasText: 'Il y a…' });
	await ago.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Revoir la ville' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('heading', { name: 'Revoir la ville' })).toBeHidden();
	await expect(ago).toBeFocused();

	await page.keyboard.press('Enter');
	const then = startOfDay(now, -1) + 15 * HOUR;
	const { year, month, day } = wallClock(then);
	const two = (part: number) => String(part).padStart(2, '0');
	await page.getByLabel('Jour').selectOption(`${year}-${two(month)}-${two(day)}`);
	await page.getByLabel('Heure').selectOption('15');
	await page.getByRole('button', { name: 'Voir' }).press('Enter');
	await expect(band(page)).toContainText('à 15 h');
	// Quicker than the sheet's own script, the browser sends the form: the same moment under its other name.
	await expect(page).toHaveURL(
		/\/\?(at=\d{4}-\d\d-\d\dT1[34]:00:00Z|jour=\d{4}-\d\d-\d\d&heure=15)$/
	);
	const figure = page.locator(`[data-entity="${ID}"] [data-attribute="availableBikeNumber"]`);
	await expect(figure).toHaveAttribute('data-value', String(bikes(then)));

	// What happens now does not reach it.
	await station(app, { id: ID, name: 'Lafayette', bikes: 11, docks: 4 });
	await page.waitForTimeout(2_500);
	await expect(figure).toHaveAttribute('data-value', String(bikes(then)));
	await page.getByRole('link', { name: 'Revenir à maintenant' }).press('Enter');
	await expect(figure).toHaveAttribute('data-value', '11');
	await expect(band(page)).toHaveCount(0);
});

test('what is chosen on the server’s sheet stands when the page’s own takes its place', async ({
	page
}) => {
	let come = () => {};
	const held = new Promise<void>((resolve) => (come = resolve));
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live');
	await page.route('**/_app/immutable/**', async (route) => {
		await held;
		await route.continue();
	});
	await page.locator('summary', { hasText: 'Il y a…' }).press('Enter');
	const then = startOfDay(now, -2) + 3 * HOUR;
	const { year, month, day } = wallClock(then);
	const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
	await page.getByLabel('Jour').selectOption(date);
	await page.getByLabel('Heure').selectOption('3');
	await page.getByLabel('Heure').focus();
	const former = await page.getByLabel('Jour').elementHandle();
	come();
	await expect.poll(() => former?.evaluate((element) => element.isConnected)).toBe(false);
	await expect(page.getByLabel('Jour')).toHaveValue(date);
	await expect(page.getByLabel('Heure')).toHaveValue('3');
	await expect(page.getByLabel('Heure')).toBeFocused();
	await page.getByRole('button', { name: 'Voir' }).press('Enter');
	await expect(page).toHaveURL(`${app.url}/?at=${formatTime(then)}`);
});

test('a moment out of reach says so, and one asked for without a network says what it needs', async ({
	page,
	context
}) => {
	await page.goto(`${app.url}/?at=${formatTime(Math.floor(now / 1000) * 1000 - 9 * 24 * HOUR)}`);
	await expect(band(page)).toContainText('les 7 derniers jours');
	await page.goto(app.url);
	await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
	await context.setOffline(true);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'offline');
	await page.locator('summary', { hasText: 'Il y a…' }).click();
	await page.getByRole('link', { name: 'Il y a 3 h' }).click();
	await expect(band(page)).toContainText('Il faut du réseau');
	await page.getByRole('link', { name: 'Revenir à maintenant' }).click();
	await expect(page.locator(`[data-entity="${ID}"]`)).toBeVisible();
});

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

test('axe objects to nothing of a curve, a table, a past city, light and dark', async ({
	page
}) => {
	const told = async (axe: AxeBuilder) =>
		(await axe.analyze()).violations.map(({ id, nodes }) => [
			id,
			nodes.map((node) => node.html.slice(0, 160))
		]);
	const clean = async () => {
		await page.waitForTimeout(400); // what appears has appeared
		expect(await told(new AxeBuilder({ page }).withTags(TAGS))).toEqual([]);
		// The theme changes colours and nothing else.
		await page.emulateMedia({ colorScheme: 'dark' });
		expect(await told(new AxeBuilder({ page }).withRules(['color-contrast']))).toEqual([]);
		await page.emulateMedia({ colorScheme: 'light' });
	};
	await open(page);
	await plot(page).focus();
	await page.keyboard.press('Home');
	await clean();
	await section(page).getByRole('button', { name: 'Tableau' }).click();
	await clean();
	await page.goto(app.url);
	await page.locator('summary', { hasText: 'Il y a…' }).click();
	await clean();
	await page.getByRole('link', { name: 'Hier, même heure' }).click();
	await expect(band(page)).toContainText('Vous voyez');
	await clean();
});

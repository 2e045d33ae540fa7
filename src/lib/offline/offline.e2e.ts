import http from 'node:http';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { DEVICE_PASSWORD, startApp, type App } from '#server/testing/app.ts';
import { freePort } from '#server/testing/ports.ts';
import { formatTime } from '../time.ts';

let app: App;
test.beforeEach(async () => {
	app = await startApp();
});
test.afterEach(() => app.kill());

const STATION = 'bike-essai-1';

async function publish(id: string, bikes: number, at: number) {
	const response = await fetch(`${app.url}/api/v1/raw/bike/${id}`, {
		method: 'POST',
		headers: {
			authorization: `Basic ${Buffer.from(`${id}:${DEVICE_PASSWORD}`).toString('base64')}`,
			'content-type': 'application/json'
		},
		body: JSON.stringify({
			dateObserved: formatTime(at),
			name: `Station ${id.at(-1)}`,
			location: { type: 'Point', coordinates: [1.4442, 43.6045] },
			availableBikeNumber: bikes
		})
	});
	expect(response.status).toBe(202);
}

const ready = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
const figure = (page: Page, id: string) =>
	page.locator(`[data-entity="${id}"] [data-attribute="availableBikeNumber"]`);

test('with the server dead and the network cut, the app opens from cold with its last values and their age', async ({
	page,
	context
}) => {
	const at = Math.floor(Date.now() / 1000) * 1000 - 4 * 60_000;
	await publish(STATION, 7, at);
	await publish('bike-essai-2', 4, at);
	await page.goto(app.url);
	await ready(page);
	// The sketch's names stand beside the marks, not under them.
	const names = () =>
		page
			.locator('svg.sketch text')
			.evaluateAll((all) =>
				all.map((text) => `${text.textContent} ${text.getAttribute('x')} ${text.getAttribute('y')}`)
			);
	const online = await names();
	expect(online.length).toBeGreaterThan(2);
	await app.kill();
	await context.setOffline(true);

	await page.reload();
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'offline');
	await expect(figure(page, STATION)).toHaveAttribute('data-value', '7');
	await expect.poll(names).toEqual(online);
	await expect(figure(page, STATION)).toHaveAttribute('data-observed', formatTime(at));
	await expect(page.locator(`[data-entity="${STATION}"]`)).toContainText(/il y a [45]\s*min/);
	await expect(page.getByText(/Sans réseau depuis/)).toBeVisible();

	// A page never visited, opened by its address in a tab of its own.
	const other = await context.newPage();
	await other.goto(`${app.url}/lieu/bike-essai-2`);
	await expect(other.getByRole('heading', { level: 1 })).toHaveText('Station 2');
	await expect(other.locator('[data-attribute="availableBikeNumber"]').first()).toHaveAttribute(
		'data-value',
		'4'
	);
});

test('without a network the page says since when, also after a cold start', async ({
	page,
	context
}) => {
	await publish(STATION, 7, Date.now());
	await page.goto(app.url);
	await ready(page);
	await context.setOffline(true);
	await app.kill();
	const band = page.getByText(/Sans réseau depuis/);
	await expect(band).toBeVisible({ timeout: 15_000 });
	const said = await band.textContent();
	await page.reload();
	await expect(band).toBeVisible();
	expect(await band.textContent()).toBe(said);
});

test('a phone whose memory is deleted under it starts clean and says no word of it', async ({
	page
}) => {
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(error.message));
	await publish(STATION, 7, Date.now());
	await page.goto(app.url);
	await ready(page);
	await page.evaluate(
		() =>
			new Promise<void>((resolve, reject) => {
				const request = indexedDB.deleteDatabase('capitoul');
				request.onsuccess = () => resolve();
				request.onerror = request.onblocked = () => reject(new Error('not deleted'));
			})
	);
	await publish(STATION, 5, Date.now());
	await expect(figure(page, STATION)).toHaveAttribute('data-value', '5');
	await page.reload();
	await ready(page);
	await expect(figure(page, STATION)).toHaveAttribute('data-value', '5');
	expect(errors).toEqual([]);
});

/** Whether the map's own code is on the phone. */
const mapIsKept = (page: Page) =>
	page.evaluate(async () =>
		(await (await caches.open('capitoul-later')).keys()).some(({ url }) => url.includes('maplibre'))
	);

test('the map is fetched in the background for the day without a network', async ({ page }) => {
	await page.goto(app.url);
	await ready(page);
	expect(await mapIsKept(page)).toBe(false);
	await expect.poll(() => mapIsKept(page), { timeout: 20_000 }).toBe(true);
});

test('a phone that spares data gets nothing it did not ask for', async ({ page }) => {
	await page.addInitScript(() =>
		Object.defineProperty(navigator, 'connection', { value: { saveData: true } })
	);
	await page.goto(app.url);
	await ready(page);
	await page.waitForTimeout(8_000); // the background fetch comes five seconds after that
	expect(await mapIsKept(page)).toBe(false);
});

test('a new version waits for a click, then runs, and fetches only what changed', async ({
	page
}) => {
	// The same app behind a door that can change the worker's bytes: all that a release is to a browser.
	let release = 1;
	const sent: string[] = [];
	const door = http.createServer((req, res) => {
		const target = http.request(app.url + (req.url ?? '/'), {
			method: req.method,
			headers: req.headers
		});
		target.on('response', (answer) => {
			const worker = req.url === '/service-worker.js';
			if (release === 2 && answer.statusCode === 200) sent.push(req.url ?? '');
			const { 'content-length': _length, etag: _etag, ...headers } = answer.headers;
			res.writeHead(answer.statusCode ?? 502, worker ? headers : answer.headers);
			if (!worker) return void answer.pipe(res);
			answer.pipe(res, { end: false });
			answer.on('end', () => res.end(`\n// release ${release}`));
		});
		target.on('error', () => res.destroy());
		delete req.headers['accept-encoding'];
		target.removeHeader('accept-encoding');
		req.pipe(target);
	});
	const port = await freePort();
	await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve));
	try {
		await page.goto(`http://127.0.0.1:${port}/`);
		await ready(page);
		release = 2;
		await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
		const prompt = page.getByRole('button', { name: 'Mettre à jour' });
		await expect(prompt).toBeVisible();
		// Nothing changes until it is asked for.
		const waits = () =>
			page.evaluate(
				async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state ?? 'none'
			);
		expect(await waits()).toBe('installed');
		// In this release neither the app nor the drawn city changed, so none of it was sent again.
		expect(sent).toContain('/service-worker.js');
		expect(sent.filter((url) => /^\/(_app\/immutable|city|icons|shell)/.test(url))).toEqual([]);
		const reloaded = page.waitForEvent('load');
		await prompt.click();
		await reloaded;
		await ready(page);
		expect(await waits()).toBe('none');
		await expect(prompt).toBeHidden();
	} finally {
		door.closeAllConnections();
		door.close();
	}
});

test('the app can be installed: nothing in its manifest is wrong, and what it names is there', async ({
	page
}) => {
	await page.goto(app.url);
	const devtools = await page.context().newCDPSession(page);
	const { errors, data } = await devtools.send('Page.getAppManifest');
	expect(errors).toEqual([]);
	const { id, icons, screenshots, shortcuts } = JSON.parse(data ?? '{}') as {
		id: string;
		icons: { src: string; purpose?: string }[];
		screenshots: { src: string }[];
		shortcuts: { url: string }[];
	};
	expect(id).toBe('/');
	expect(icons.map(({ purpose }) => purpose)).toEqual(
		expect.arrayContaining([undefined, 'maskable', 'monochrome'])
	);
	for (const path of [...icons, ...screenshots]
		.map(({ src }) => src)
		.concat(shortcuts.map(({ url }) => url)))
		expect((await page.request.get(app.url + path)).status(), path).toBe(200);
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type BrowserContext, type Page } from 'playwright/test';
import { startApp, type App } from '#server/testing/app.ts';
import { known, station } from '#server/testing/city.ts';
import { expect, test } from '#server/testing/e2e.ts';

let app: App;
let profile: string;

test.beforeEach(async () => {
	profile = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-profile-'));
	app = await startApp();
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await station(app, { id: 'bike-test-2', name: 'Esquirol', bikes: 1, location: [1.444, 43.6003] });
	await station(app, { id: 'bike-test-3', name: 'Carmes', bikes: 4, location: [1.445, 43.5982] });
	await known(app, ['bike-test-1', 'bike-test-2', 'bike-test-3']);
});

test.afterEach(async () => {
	await app.kill();
	fs.rmSync(profile, { recursive: true, force: true });
});

/** A phone that keeps what it was given when its browser is closed. */
const phone = (): Promise<BrowserContext> => {
	const { viewport, locale, timezoneId, launchOptions } = test.info().project.use;
	return chromium.launchPersistentContext(profile, {
		...launchOptions,
		...(viewport ? { viewport } : {}),
		...(locale === undefined ? {} : { locale }),
		...(timezoneId === undefined ? {} : { timezoneId })
	});
};

const html = (page: Page) => page.locator('html');
const live = (page: Page) => expect(html(page)).toHaveAttribute('data-connection', 'live');
const ready = (page: Page) =>
	expect(html(page)).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
const order = (page: Page) =>
	page
		.getByRole('list', { name: 'Lieux' })
		.locator('[data-entity]')
		.evaluateAll((items) => items.map((item) => item.getAttribute('data-entity')));
const star = (page: Page, name: string) =>
	page.getByRole('button', { name: `Garder « ${name} » dans Mes lieux` });
/** What the phone's memory holds of a station. */
const keptBikes = (page: Page, id: string) =>
	page.evaluate(
		(id) =>
			new Promise<unknown>((resolve, reject) => {
				const opening = indexedDB.open('capitoul');
				opening.onerror = () => reject(new Error('no memory'));
				opening.onsuccess = () => {
					const asked = opening.result.transaction('places').objectStore('places').get(id);
					asked.onsuccess = () => {
						opening.result.close();
						resolve(
							(asked.result as { values: Record<string, unknown> }).values['availableBikeNumber']
						);
					};
				};
			}),
		id
	);
/** Presses Tab until `name` has the focus. */
async function tabTo(page: Page, name: string | RegExp) {
	for (let left = 60; left > 0; left--) {
		await page.keyboard.press('Tab');
		const said = await page.evaluate(() => {
			const { activeElement: focused, body } = document;
			return focused === body
				? ''
				: (focused?.getAttribute('aria-label') ?? focused?.textContent ?? '');
		});
		if (typeof name === 'string' ? said.trim() === name : name.test(said)) return;
	}
	throw new Error(`nothing named ${name} is reached by Tab`);
}
const axe = async (page: Page) => {
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
		.analyze();
	return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 160))]);
};

test('places kept are the first screen, in their order and with their last values, after server, network and browser were gone', async () => {
	let context = await phone();
	try {
		let page = await context.newPage();
		const asked: string[] = [];
		page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`));
		await page.goto(app.url);
		await live(page);
		await star(page, 'Capitole').click();
		await expect(star(page, 'Capitole')).toHaveAttribute('aria-pressed', 'true');
		await page.getByRole('link', { name: /Carmes/ }).click();
		const keep = page.getByRole('button', { name: /^Gard(er|é)$/ });
		const width = async () => (await keep.boundingBox())?.width;
		const before = await width();
		await keep.click();
		await expect(keep).toHaveAttribute('aria-pressed', 'true');
		await expect(keep).toHaveAccessibleName('Gardé');
		expect(await width()).toBe(before);
		await page.getByRole('link', { name: 'Mes lieux' }).click();
		await expect.poll(() => order(page)).toEqual(['bike-test-1', 'bike-test-3']);
		await page.getByRole('button', { name: 'Modifier' }).click();
		await page.getByRole('button', { name: 'Monter « Carmes »' }).click();
		await page.getByRole('button', { name: 'Terminé' }).click();
		await expect.poll(() => order(page)).toEqual(['bike-test-3', 'bike-test-1']);
		// A value that changes while one looks.
		await station(app, { id: 'bike-test-3', name: 'Carmes', bikes: 2, location: [1.445, 43.5982] });
		await expect(page.locator('[data-entity="bike-test-3"] [data-value="2"]')).toBeVisible();
		await ready(page);
		expect(asked.filter((line) => /favour|mes-lieux.*(id|bike)/i.test(line))).toEqual([]);
		// The phone's memory is written every five seconds at most.
		await expect.poll(() => keptBikes(page, 'bike-test-3'), { timeout: 10_000 }).toBe(2);
		await context.close();

		await app.kill();
		context = await phone();
		await context.setOffline(true);
		page = await context.newPage();
		await page.goto(app.url);
		await expect(page).toHaveURL(`${app.url}/mes-lieux`);
		await expect.poll(() => order(page)).toEqual(['bike-test-3', 'bike-test-1']);
		await expect(
			page.locator('[data-entity="bike-test-3"] [data-attribute="availableBikeNumber"]')
		).toHaveAttribute('data-value', '2');
		await expect(page.locator('[data-entity="bike-test-1"] time').first()).toBeVisible();
		await expect(html(page)).toHaveAttribute('data-connection', 'offline');
		// The city is one press away and stays.
		await page.getByRole('link', { name: 'Autour' }).click();
		await expect(page.getByRole('searchbox', { name: 'Rechercher' })).toBeVisible();
	} finally {
		await context.close();
	}
});

test('with the keyboard alone a place is kept, moved, taken away and put back', async ({
	page
}) => {
	await page.goto(app.url);
	await live(page);
	for (const name of ['Capitole', 'Esquirol', 'Carmes']) {
		await star(page, name).focus();
		await page.keyboard.press('Enter');
	}
	await tabTo(page, 'Mes lieux');
	await page.keyboard.press('Enter');
	await expect.poll(() => order(page)).toEqual(['bike-test-1', 'bike-test-2', 'bike-test-3']);
	expect(await axe(page)).toEqual([]);
	await tabTo(page, 'Modifier');
	await page.keyboard.press('Enter');
	await tabTo(page, 'Descendre « Capitole »');
	await page.keyboard.press('Enter');
	// The focus goes with the place: the same key moves it on.
	await page.keyboard.press('Enter');
	await expect(page.getByRole('status').filter({ hasText: 'Capitole : 3 sur 3' })).toHaveCount(1);
	await page.keyboard.press('Alt+ArrowUp');
	await expect(page.getByRole('status').filter({ hasText: 'Capitole : 2 sur 3' })).toHaveCount(1);
	expect(await axe(page)).toEqual([]);
	await tabTo(page, 'Retirer « Capitole »');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('button', { name: 'Remettre' })).toBeFocused();
	await page.keyboard.press('Enter');
	await tabTo(page, /Terminé/);
	await page.keyboard.press('Enter');
	await expect.poll(() => order(page)).toEqual(['bike-test-2', 'bike-test-1', 'bike-test-3']);
	await page.reload();
	await expect.poll(() => order(page)).toEqual(['bike-test-2', 'bike-test-1', 'bike-test-3']);
});

test('the installed app has nothing against it, is proposed after a first place, and is silent once refused', async () => {
	const context = await phone();
	try {
		const page = await context.newPage();
		await page.goto(app.url);
		await ready(page);
		const devtools = await context.newCDPSession(page);
		const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
		expect(installabilityErrors).toEqual([]);
		const { errors, data } = await devtools.send('Page.getAppManifest');
		expect(errors).toEqual([]);
		const { start_url: start } = JSON.parse(data ?? '{}') as { start_url: string };

		// The installed app with no place yet shows the city; « Mes lieux » says what to do.
		await page.goto(app.url + start);
		await expect(page).toHaveURL(`${app.url}/`);
		await page.getByRole('link', { name: 'Mes lieux' }).click();
		await expect(page.getByRole('heading', { name: 'Aucun lieu gardé' })).toBeVisible();
		const invitation = page.getByRole('region', { name: /écran d’accueil/ });
		await expect(invitation).toBeHidden();

		await page.goto(`${app.url}/lieu/bike-test-1`);
		await live(page);
		await page.getByRole('button', { name: 'Garder', exact: true }).click();
		await expect(invitation).toBeVisible();
		expect(await axe(page)).toEqual([]);
		await page.keyboard.press('Escape');
		await expect(invitation).toBeHidden();
		await page.goto(app.url + start);
		await expect.poll(() => order(page)).toEqual(['bike-test-1']);
		await page.waitForTimeout(1_000); // the browser's question comes after the page
		await expect(invitation).toBeHidden();
	} finally {
		await context.close();
	}
});

const IPHONE = {
	userAgent:
		'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
	locale: 'fr-FR'
};

test('an iPhone outside the home screen is told how to install, and what it deletes', async ({
	browser
}) => {
	const context = await browser.newContext(IPHONE);
	const page = await context.newPage();
	await page.goto(`${app.url}/lieu/bike-test-1`);
	await live(page);
	await page.getByRole('button', { name: 'Garder', exact: true }).click();
	await page.getByRole('link', { name: 'Mes lieux' }).click();
	await expect(page.getByText('Sur l’écran d’accueil', { exact: false }).first()).toBeVisible();
	await expect(page.getByText(/7 jours sans visite/)).toBeVisible();
	await page.getByRole('button', { name: 'J’ai compris' }).click();
	await expect(page.getByRole('region', { name: /écran d’accueil/ })).toBeHidden();
	await context.close();
});

test('an alert created invites to install too', async ({ browser }) => {
	const context = await browser.newContext(IPHONE);
	const page = await context.newPage();
	await page.goto(`${app.url}/lieu/bike-test-1/alerte`);
	await live(page);
	await page.getByRole('button', { name: 'Créer l’alerte' }).click();
	await expect(page.getByRole('region', { name: /écran d’accueil \?/ })).toBeVisible();
	await context.close();
});

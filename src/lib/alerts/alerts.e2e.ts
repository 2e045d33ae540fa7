import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrowserContext, CDPSession, Page } from 'playwright/test';
import { AxeBuilder } from '@axe-core/playwright';
import type { App } from '#server/testing/app.ts';
import { known, station } from '#server/testing/city.ts';
import { expect, test } from '#server/testing/e2e.ts';
import { startPushApp, stubPush } from '#server/testing/push-app.ts';
import { readVapid, type PushService } from '#server/testing/push-service.ts';

let app: App;
let service: PushService;
let stop: () => Promise<void>;
test.beforeAll(async () => {
	({ app, service, stop } = await startPushApp());
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await known(app, ['bike-test-1']);
});
test.afterAll(async () => {
	await stop();
});
test.use({ permissions: ['notifications', 'background-sync'] });

const ready = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });

/** Hands a push message to the worker as the browser would. */
async function deliver(context: BrowserContext, page: Page, data: string): Promise<void> {
	const cdp: CDPSession = await context.newCDPSession(page);
	const registered = new Promise<string>((resolve) =>
		cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [first] = registrations;
			if (first) resolve(first.registrationId);
		})
	);
	await cdp.send('ServiceWorker.enable');
	const registrationId = await registered;
	await cdp.send('ServiceWorker.deliverPushMessage', { origin: app.url, registrationId, data });
}

const shown = (page: Page) =>
	page.evaluate(async () => {
		const registration = await navigator.serviceWorker.ready;
		const list = await registration.getNotifications();
		return list.map(({ title, body, tag }) => ({ title, body, tag }));
	});

/** The name by which the server knows this phone. */
const secretOf = (page: Page) =>
	page.evaluate(
		() =>
			new Promise<string>((resolve) => {
				const opening = indexedDB.open('capitoul');
				opening.onsuccess = () => {
					const asking = opening.result.transaction('own').objectStore('own').get('device');
					asking.onsuccess = () => resolve(String(asking.result));
				};
			})
	);

test('a rule made on a place fires: a push its browser can read, and a line in the list', async ({
	page
}) => {
	const browser = service.browser('phone');
	await stubPush(page, browser.subscription);
	await page.goto(`${app.url}/lieu/bike-test-1`);
	await ready(page);
	await page.getByRole('link', { name: /Prévenez-moi si/ }).click();
	await expect(page.getByText('En ce moment : 9 vélos,')).toBeVisible();
	await page.getByRole('spinbutton', { name: 'Seuil (vélos)' }).fill('3');
	await expect(page.locator('output')).toHaveText(
		'Prévenez-moi s’il y a moins de 3 vélos, tous les jours, toute la journée.'
	);
	await page.getByRole('button', { name: 'Créer l’alerte' }).click();
	await expect(page.getByText('C’est noté.')).toBeVisible();
	// Explained first, asked after the press.
	await expect(page.getByText('Pas de publicité.')).toBeVisible();
	await page.getByRole('button', { name: 'Activer les notifications' }).click();
	await expect(page.getByText('Les notifications sont activées')).toBeVisible();

	await new Promise((resolve) => setTimeout(resolve, 1_500)); // an observation of a later second
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 2 });
	await expect.poll(() => service.received.length, { timeout: 15_000 }).toBe(1);
	const [message] = service.received;
	if (!message) throw new Error('no message');
	expect(browser.read(message)).toMatchObject({
		web_push: 8030,
		notification: { title: 'Capitole', navigate: '/lieu/bike-test-1', lang: 'fr' }
	});
	expect(readVapid(message.headers.authorization).claims.aud).toBe(service.origin);

	await page.getByRole('link', { name: 'Voir mes alertes' }).click();
	const line = page.getByRole('list', { name: 'Ce qui est arrivé' }).getByRole('listitem');
	await expect(line).toHaveCount(1);
	await expect(line).toContainText('2 vélos, moins que votre seuil de 3 vélos');
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await new AxeBuilder({ page }).analyze();
		expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
	}

	// Without a network the last known list, and a change that is refused in words.
	await page.context().setOffline(true);
	await page.reload();
	await expect(line).toHaveCount(1);
	await page.getByRole('button', { name: 'Mettre en pause : Capitole' }).click();
	await expect(page.getByText(/Pas de réseau : rien n’a changé/)).toBeVisible();
	await page.context().setOffline(false);
	await page.reload();
	await page.getByRole('button', { name: 'Mettre en pause : Capitole' }).click();
	await expect(page.getByText('En pause.')).toBeVisible();

	const secret = await secretOf(page);
	const mine = async () => {
		const answer = await fetch(`${app.url}/api/v1/alert-rules`, {
			headers: { 'capitoul-device': secret }
		});
		return ((await answer.json()) as { rules: unknown[] }).rules.length;
	};
	expect(await mine()).toBe(1);
	await page.getByRole('button', { name: /Effacer tout/ }).click();
	await expect(page.getByText('C’est effacé.')).toBeVisible();
	expect(await mine()).toBe(0);
});

test('a push shows its notification; a press opens its place, also without a network', async ({
	page,
	context
}) => {
	await page.goto(app.url);
	await ready(page);
	await deliver(
		context,
		page,
		JSON.stringify({
			web_push: 8030,
			notification: {
				title: 'Capitole',
				body: '2 vélos',
				navigate: 'https://elsewhere.example/lieu/bike-test-1',
				tag: 'r'
			}
		})
	);
	await expect.poll(() => shown(page)).toEqual([{ title: 'Capitole', body: '2 vélos', tag: 'r' }]);

	await context.setOffline(true);
	const [worker] = context.serviceWorkers();
	if (!worker) throw new Error('no worker');
	// As the browser does at a press; written out, for the worker's own globals have no types here.
	await worker.evaluate(`(async () => {
		const [notification] = await self.registration.getNotifications();
		self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
	})()`);
	await expect(page).toHaveURL(`${app.url}/lieu/bike-test-1`);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Capitole');
	expect(await shown(page)).toEqual([]);
});

test('a subscription the browser gives up is made again by the worker: same rules, same language, the new endpoint alone', async ({
	page,
	context
}) => {
	const [old, next, last] = (['old', 'next', 'last'] as const).map((name) => service.browser(name));
	if (!old || !next || !last) throw new Error('no browser');
	await stubPush(page, old.subscription);
	await page.goto(`${app.url}/alertes`);
	await ready(page);
	await page.getByRole('switch', { name: 'Prévenir des alertes de la ville' }).check();
	await page.getByRole('button', { name: 'Activer les notifications' }).click();
	await expect(page.getByText('Les notifications sont activées')).toBeVisible();

	const headers = {
		'capitoul-device': await secretOf(page),
		'content-type': 'application/json'
	};
	const put = async (route: string, body: object) => {
		const answer = await fetch(`${app.url}/api/v1/${route}`, {
			method: 'PUT',
			headers,
			body: JSON.stringify(body)
		});
		expect(answer.ok, route).toBe(true);
	};
	await put('push/subscription', { ...old.subscription, locale: 'en' });
	await put('alert-rules/r', {
		entity: 'bike-test-1',
		attribute: 'availableBikeNumber',
		op: 'below',
		value: 1
	});
	/** The subscriptions in the database. */
	const held = () => {
		const database = new DatabaseSync(path.join(app.dataDir, 'app.db'), { readOnly: true });
		const rows = database
			.prepare('select endpoint, locale, key from push_subscriptions order by endpoint')
			.all();
		database.close();
		return rows.map((row) => ({ ...row }));
	};
	const [before] = held();
	expect(before).toMatchObject({ endpoint: old.subscription.endpoint, locale: 'en' });

	const [worker] = context.serviceWorkers();
	if (!worker) throw new Error('no worker');
	// As the browser does; written out, for the worker's own globals have no types here.
	const change = (members: string, given: object) =>
		worker.evaluate(`(() => {
			const given = { toJSON: () => (${JSON.stringify(given)}) };
			PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
				self.askedWith = applicationServerKey;
				return given;
			};
			self.dispatchEvent(Object.assign(new ExtendableEvent('pushsubscriptionchange'), ${members}));
		})()`);
	await change('{}', next.subscription);
	await expect.poll(held).toEqual([{ ...before, endpoint: next.subscription.endpoint }]);
	expect(await worker.evaluate('self.askedWith')).toBe(before?.['key']);
	// Some browsers have made the new one already.
	await change('{ newSubscription: given }', last.subscription);
	await expect.poll(held).toEqual([{ ...before, endpoint: last.subscription.endpoint }]);

	const told = service.received.length;
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await new Promise((resolve) => setTimeout(resolve, 1_500)); // an observation of a later second
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 0 });
	await expect.poll(() => service.received.length, { timeout: 15_000 }).toBe(told + 1);
	const message = service.received.at(-1);
	if (!message) throw new Error('no message');
	expect(message.path).toBe('/last');
	expect(last.read(message)).toMatchObject({ notification: { title: 'Capitole', lang: 'en' } });

	// What the browser holds and the server does not know, as after a renewal without a network: put right at the next opening.
	await fetch(`${app.url}/api/v1/push/subscription`, { method: 'DELETE', headers });
	expect(held()).toEqual([]);
	await page.addInitScript(() => {
		PushManager.prototype.getSubscription = () =>
			Promise.resolve({ options: {}, unsubscribe: async () => true } as PushSubscription);
	});
	await page.reload();
	await expect.poll(held).toMatchObject([{ endpoint: old.subscription.endpoint }]);

	// Erased, it is nobody: the worker does not begin anew by itself.
	await page.getByRole('button', { name: /Effacer tout/ }).click();
	await expect(page.getByText('C’est effacé.')).toBeVisible();
	await change('{ newSubscription: given }', next.subscription);
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	expect(held()).toEqual([]);
});

test('a phone that asked for something says once a day that it is here, whichever page is opened', async ({
	page
}) => {
	await stubPush(page, service.browser('here').subscription);
	await page.goto(`${app.url}/alertes`);
	await ready(page);
	await page.getByRole('switch', { name: 'Prévenir des alertes de la ville' }).check();
	await expect(page.getByText('Il reste à activer les notifications')).toBeVisible();
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	const open = async () => {
		asked.length = 0;
		await page.goto(app.url);
		await ready(page);
		await page.waitForLoadState('networkidle');
	};
	await open();
	expect(asked).not.toContain('/api/v1/alerts');
	await page.evaluate(
		() =>
			new Promise<void>((resolve) => {
				const opening = indexedDB.open('capitoul');
				opening.onsuccess = () => {
					const tx = opening.result.transaction('own', 'readwrite');
					const asking = tx.objectStore('own').get('alert-rules');
					asking.onsuccess = () =>
						tx
							.objectStore('own')
							.put(
								{ ...(asking.result as object), savedAt: Date.now() - 86_400_001 },
								'alert-rules'
							);
					tx.oncomplete = () => (opening.result.close(), resolve());
				};
			})
	);
	await open();
	await expect.poll(() => asked).toContain('/api/v1/alerts');
	await open();
	expect(asked).not.toContain('/api/v1/alerts');
});

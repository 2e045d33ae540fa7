import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Page } from 'playwright/test';
import { AxeBuilder } from '@axe-core/playwright';
import { serviceAccounts } from '#server/broker/credentials.ts';
import type { App } from '#server/testing/app.ts';
import { cityAlert } from '#server/testing/city-alert.ts';
import { known, station } from '#server/testing/city.ts';
import { expect, test } from '#server/testing/e2e.ts';
import { startPushApp, stubPush } from '#server/testing/push-app.ts';
import type { PushService } from '#server/testing/push-service.ts';
import { topics } from '../topics.ts';

let app: App;
let service: PushService;
let stop: () => Promise<void>;
let nodered: MqttClient;
test.beforeAll(async () => {
	({ app, service, stop } = await startPushApp());
	await station(app, { id: 'bike-test-1', name: 'Capitole', bikes: 9 });
	await known(app, ['bike-test-1']);
	nodered = await connectAsync({
		host: '127.0.0.1',
		port: app.mqttPort,
		protocolVersion: 4,
		username: 'nodered',
		password: serviceAccounts(app.dataDir).nodered
	});
});
test.afterAll(async () => {
	await nodered.endAsync(true);
	await stop();
});
test.use({ permissions: ['notifications', 'background-sync'] });

const say = (id: string, alert: object | undefined) =>
	nodered.publishAsync(topics.alert(id), alert ? JSON.stringify(alert) : '', {
		qos: 1,
		retain: true
	});
const served = async () => {
	const answer = await fetch(`${app.url}/api/v1/city-alerts`);
	return ((await answer.json()) as { alerts: { id: string }[] }).alerts.map(({ id }) => id);
};
const live = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-connection', 'live', { timeout: 20_000 });
const offlineReady = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });
async function axeClean(page: Page): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await new AxeBuilder({ page }).analyze();
		expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
	}
}

test('an alert raised over MQTT is seen on the open page, in full in « Alertes », without a network, and leaves', async ({
	page,
	context
}) => {
	await page.goto(app.url);
	await live(page);
	await offlineReady(page);
	const band = page.locator('a[data-city-alert="air"]');
	await expect(band).toHaveCount(0);
	await say('air', cityAlert(Date.now(), { info: { senderName: 'Atmo Occitanie' } }));
	await expect(band).toBeVisible();
	await expect(band).toContainText('Air pollué dans ce quartier');
	await expect(band).toContainText(/Alerte modérée, depuis .+ Source : Atmo Occitanie/);
	await axeClean(page);

	await band.click();
	await expect(page).toHaveURL(`${app.url}/alertes#ville`);
	const whole = page.locator('li[data-city-alert="air"]');
	await expect(whole).toContainText('Que faire : Évitez les efforts dehors.');
	await expect(whole).toContainText('Envoyée par nodered');
	await expect(whole).toContainText('Fin prévue :');
	await expect(whole.getByRole('link')).toHaveAttribute('href', '/quartier/quartier-3');
	await axeClean(page);

	await context.setOffline(true);
	await page.goto(app.url);
	await expect(band).toBeVisible();
	await page.reload();
	await expect(band).toBeVisible();
	await page.goto(`${app.url}/alertes`);
	await expect(whole).toBeVisible();
	await context.setOffline(false);

	await page.goto(app.url);
	await live(page);
	await expect(band).toBeVisible();
	await say('air', undefined);
	await expect(band).toHaveCount(0);
});

/** A network that lets HTTP through and no WebSocket, as those of some offices do. */
async function withoutSockets() {
	const { port } = new URL(app.url);
	const server = http.createServer((req, res) => {
		const { url: path, method, headers } = req;
		const asking = http.request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
			res.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(res);
		});
		asking.on('error', () => res.destroy());
		req.pipe(asking);
	});
	let refused = 0;
	server.on('upgrade', (_req, socket) => {
		refused++;
		socket.destroy();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		refused: () => refused,
		stop: () => server.close()
	};
}

test('where no socket gets through it is asked each minute, and at once by a phone that is looked at again', async ({
	page
}) => {
	const network = await withoutSockets();
	await page.clock.install();
	const first = page.waitForResponse('**/api/v1/city-alerts');
	await page.goto(network.url);
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'polling', {
		timeout: 20_000
	});
	await expect.poll(network.refused, { timeout: 20_000 }).toBeGreaterThan(0);
	await first;
	const band = page.locator('a[data-city-alert="air"]');
	const minute = () => page.clock.fastForward(61_000);
	await say('air', cityAlert(Date.now()));
	await expect.poll(served).toEqual(['air']);
	await expect(band).toHaveCount(0);
	await minute();
	await expect(band).toBeVisible();

	// Asleep, it asks nothing; looked at again, it does not wait for its minute.
	const show = (hidden: boolean) =>
		page.evaluate((hidden) => {
			Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
			document.dispatchEvent(new Event('visibilitychange'));
		}, hidden);
	await show(true);
	await say('air', undefined);
	await expect.poll(served).toEqual([]);
	await minute();
	await expect(band).toBeVisible();
	await show(false);
	await expect(band).toHaveCount(0);
	await page.close();
	network.stop();
});

test('the first HTML says it, without script too', async ({ browser }) => {
	await say('flood', cityAlert(Date.now(), { info: { severity: 'Severe', headline: 'Crue' } }));
	await expect.poll(served).toEqual(['flood']);
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto(app.url);
	await expect(page.locator('a[data-city-alert="flood"]')).toContainText('Alerte grave');
	await page.goto(`${app.url}/alertes`);
	await expect(page.locator('li[data-city-alert="flood"]')).toContainText('Crue');
	await context.close();
	await say('flood', undefined);
	await expect.poll(served).toEqual([]);
});

test('one switch asks for a push of each alert; it comes once, and no more once switched off', async ({
	page
}) => {
	const browser = service.browser('phone');
	await stubPush(page, browser.subscription);
	await page.goto(`${app.url}/alertes`);
	await offlineReady(page);
	const wish = page.getByRole('switch', { name: 'Prévenir des alertes de la ville' });
	await wish.check();
	await expect(page.getByText('Il reste à activer les notifications')).toBeVisible();
	await page.getByRole('button', { name: 'Activer les notifications' }).click();
	await expect(page.getByText('Les notifications sont activées')).toBeVisible();
	await axeClean(page);

	const alert = cityAlert(Date.now());
	await say('air', alert);
	await expect.poll(() => service.received.length, { timeout: 15_000 }).toBe(1);
	const [message] = service.received;
	if (!message) throw new Error('no message');
	expect(browser.read(message)).toMatchObject({
		notification: { title: 'Air pollué dans ce quartier', navigate: '/alertes' }
	});
	await say('air', alert);
	await page.reload();
	await expect(wish).toBeChecked();
	await wish.uncheck();
	await expect(wish).toBeEnabled();
	await say('air', cityAlert(Date.now() + 1_000));
	await expect(page.locator('li[data-city-alert="air"]')).toHaveCount(1);
	await new Promise((resolve) => setTimeout(resolve, 2_500)); // longer than the sender looks
	expect(service.received).toHaveLength(1);
	await say('air', undefined);
});

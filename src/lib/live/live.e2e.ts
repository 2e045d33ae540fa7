import mqtt, { type MqttClient } from 'mqtt';
import { expect, test, type Page } from '#server/testing/e2e.ts';
import { DEVICE_PASSWORD, startApp, type App } from '#server/testing/app.ts';
import { freePort } from '#server/testing/ports.ts';
import { formatTime } from '../time.ts';
import { topics } from '../topics.ts';

let app: App;
const devices: MqttClient[] = [];

test.beforeEach(async () => {
	app = await startApp();
});
test.afterEach(async () => {
	for (const device of devices.splice(0)) await device.endAsync(true);
	await app.kill();
});

/** Publishes as a sensor does: with its id for a name, acknowledged. */
async function publish(id: string, attributes: Record<string, unknown>, at = Date.now()) {
	let device = devices.find(
		({ options }) => options.username === id && options.port === app.mqttPort
	);
	if (!device) {
		device = await mqtt.connectAsync(`mqtt://127.0.0.1:${app.mqttPort}`, {
			username: id,
			password: DEVICE_PASSWORD,
			protocolVersion: 4,
			port: app.mqttPort
		});
		devices.push(device);
	}
	const payload = JSON.stringify({ dateObserved: formatTime(at), ...attributes });
	await device.publishAsync(topics.raw('bike', id), payload, { qos: 1 });
}

const station = (name: string, lon = 1.4442) => ({
	name,
	location: { type: 'Point', coordinates: [lon, 43.6045] },
	totalSlotNumber: 20
});

const connection = (page: Page) => expect(page.locator('html'));
const bikes = (page: Page, id: string) =>
	page.locator(`[data-entity="${id}"] [data-attribute="availableBikeNumber"]`);

test('a reading published by a sensor shows on an open page, with its own time', async ({
	page
}) => {
	await publish('bike-essai-1', { ...station('Capitole'), availableBikeNumber: 7 });
	await page.goto(app.url);
	await connection(page).toHaveAttribute('data-connection', 'live');
	await expect(bikes(page, 'bike-essai-1')).toHaveAttribute('data-value', '7');
	const at = Math.floor(Date.now() / 1000) * 1000;
	const sent = performance.now();
	await publish('bike-essai-1', { availableBikeNumber: 3 }, at);
	await expect(bikes(page, 'bike-essai-1')).toHaveAttribute('data-value', '3');
	console.log(`reading to phone: ${Math.round(performance.now() - sent)} ms`);
	await expect(bikes(page, 'bike-essai-1')).toHaveAttribute('data-observed', formatTime(at));
});

test('a sensor nobody knew appears on an open page', async ({ page }) => {
	await publish('bike-essai-1', { ...station('Capitole'), availableBikeNumber: 7 });
	await page.goto(app.url);
	await connection(page).toHaveAttribute('data-connection', 'live');
	await publish('bike-essai-2', { ...station('Alsace-Lorraine', 1.4451), availableBikeNumber: 2 });
	await expect(bikes(page, 'bike-essai-2')).toHaveAttribute('data-value', '2');
});

test('a page knows that its server is gone, and takes up where it was when it is back', async ({
	page
}) => {
	const ports = { PORT: String(await freePort()), MQTT_PORT: String(await freePort()) };
	await app.kill();
	app = await startApp(ports);
	const { dataDir } = app;
	await publish('bike-essai-1', { ...station('Capitole'), availableBikeNumber: 7 });
	await page.goto(app.url);
	await connection(page).toHaveAttribute('data-connection', 'live');
	await app.kill();
	await connection(page).toHaveAttribute('data-connection', 'offline', { timeout: 15_000 });
	await expect(bikes(page, 'bike-essai-1')).toHaveAttribute('data-value', '7');
	app = await startApp(ports, { dataDir });
	await connection(page).toHaveAttribute('data-connection', 'live', { timeout: 30_000 });
	await publish('bike-essai-1', { availableBikeNumber: 4 });
	await expect(bikes(page, 'bike-essai-1')).toHaveAttribute('data-value', '4');
});

test('a phone whose network is cut says so, and is live again when it is back', async ({
	page,
	context
}) => {
	await page.goto(app.url);
	await connection(page).toHaveAttribute('data-connection', 'live');
	await context.setOffline(true);
	await connection(page).toHaveAttribute('data-connection', 'offline');
	await context.setOffline(false);
	await connection(page).toHaveAttribute('data-connection', 'live', { timeout: 20_000 });
});

test('a view of the whole metropole asks each minute instead of hearing every cell', async ({
	page
}) => {
	await page.goto(`${app.url}/?lat=43.6045&lon=1.4442&z=10`);
	await connection(page).toHaveAttribute('data-connection', 'polling');
});

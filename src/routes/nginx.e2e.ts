import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import mqtt from 'mqtt';
import { chromium, type Browser } from 'playwright/test';
import { expect, test } from '#server/testing/e2e.ts';
import { startStack } from '../../server/testing/stack.ts';
import { topics } from '../lib/topics.ts';
import config from '../../playwright.config.ts';

// The phone behind the real nginx on TLS, with two web processes, Mosquitto and InfluxDB behind it.
const ID = 'bike-nginx-1';
const PASSWORD = 'only-for-tests';
let stack: Awaited<ReturnType<typeof startStack>>;
let browser: Browser;

test.beforeAll(async () => {
	stack = await startStack({ [ID]: PASSWORD });
	if (!stack) return;
	// As a phone that trusts this one certificate: a worker is refused over one that is merely ignored.
	const crt = new crypto.X509Certificate(fs.readFileSync(path.join(stack.tls, 'server.crt')));
	const spki = crypto
		.createHash('sha256')
		.update(crt.publicKey.export({ type: 'spki', format: 'der' }))
		.digest('base64');
	const { launchOptions } = config.use ?? {};
	browser = await chromium.launch({
		...launchOptions,
		args: [...(launchOptions?.args ?? []), `--ignore-certificate-errors-spki-list=${spki}`]
	});
});
test.afterAll(async () => {
	await browser?.close();
	await stack?.remove();
});

test('behind nginx on TLS the home page is live through wss, and opens without network', async () => {
	test.skip(!stack, 'an engine is missing');
	if (!stack) return;
	const device = await mqtt.connectAsync(stack.deviceUrl.href, {
		username: ID,
		password: PASSWORD,
		ca: fs.readFileSync(path.join(stack.tls, 'ca.crt')),
		protocolVersion: 4
	});
	const say = (n: number) =>
		device.publishAsync(
			topics.raw('bike', ID),
			JSON.stringify({
				dateObserved: new Date().toISOString(),
				name: 'Station du proxy',
				location: { type: 'Point', coordinates: [1.4442, 43.6045] },
				availableBikeNumber: n
			}),
			{ qos: 1 }
		);
	await say(7);
	const context = await browser.newContext({
		viewport: { width: 390, height: 844 },
		locale: 'fr-FR'
	});
	const page = await context.newPage();
	const value = page
		.locator(`[data-entity="${ID}"] [data-attribute="availableBikeNumber"]`)
		.first();
	await expect(async () => {
		const answer = await page.goto(stack?.nginx.url ?? '');
		expect(answer?.status()).toBe(200);
		expect(answer?.headers()['strict-transport-security']).toBe('max-age=31536000');
		await expect(value).toHaveAttribute('data-value', '7', { timeout: 2_000 });
	}).toPass({ timeout: 20_000 });
	await expect(page.locator('html')).toHaveAttribute('data-connection', 'live', {
		timeout: 15_000
	});
	await say(3);
	await expect(value).toHaveAttribute('data-value', '3');
	await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 30_000 });
	await context.setOffline(true);
	await page.reload();
	await expect(value).toBeVisible();
	await device.endAsync();
});

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '#server/testing/e2e.ts';
import type { Page, Request } from 'playwright/test';
import { run } from '#server/reports/cli.ts';
import { aPhoto, aReport, device, upload } from '#server/reports/testing.ts';
import { startApp, type App } from '#server/testing/app.ts';
import { freePort } from '#server/testing/ports.ts';

let app: App;
let port = 0;
test.beforeAll(async () => {
	port = await freePort();
	app = await startApp({ PORT: String(port), LOG_LEVEL: 'debug' });
});
test.afterAll(() => app.stop());

const agent = (...args: string[]) => run(args, { DATA_DIR: app.dataDir });
const post = (report = aReport(), photos: readonly Uint8Array[] = []) =>
	fetch(`${app.url}/api/v1/reports`, { method: 'POST', body: upload(report, photos) });

async function sent(report = aReport(), photos: readonly Uint8Array[] = []) {
	const response = await post(report, photos);
	expect(response.status).toBe(201);
	return (await response.json()) as { id: string; followToken: string; url: string };
}

const kept = async () => (await agent('list', '--limit', '1000')).split('\n').slice(0, -1);
const files = () =>
	fs
		.readdirSync(path.join(app.dataDir, 'photos'), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.includes('.'));

/** The upload of a report as the bytes that travel. */
async function bytesOf(report = aReport(), photos: readonly Uint8Array[] = []): Promise<Buffer> {
	const request = new Request(app.url, { method: 'POST', body: upload(report, photos) });
	const body = Buffer.from(await request.arrayBuffer());
	const head = [
		'POST /api/v1/reports HTTP/1.1',
		`Host: 127.0.0.1:${port}`,
		`Content-Type: ${request.headers.get('content-type')}`,
		`Content-Length: ${body.length}`,
		`Idempotency-Key: ${report.id}`,
		'Connection: close',
		'',
		''
	].join('\r\n');
	return Buffer.concat([Buffer.from(head), body]);
}

/** Sends the first `bytes` of an upload and cuts the line; what came back, if anything. */
function cut(whole: Buffer, bytes: number): Promise<string> {
	return new Promise((resolve) => {
		let answer = '';
		const socket = net.connect(port, '127.0.0.1', () => {
			socket.write(whole.subarray(0, bytes), () => {
				if (bytes < whole.length) setTimeout(() => socket.resetAndDestroy(), 3);
			});
		});
		socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
		socket.on('error', () => {});
		socket.on('close', () => resolve(answer));
	});
}

test('an upload cut at every 200th byte and sent again is one report', async () => {
	const report = aReport();
	const whole = await bytesOf(report, [await aPhoto('jpeg', 800, 600)]);
	for (let at = 200; at < whole.length; at += 200) await cut(whole, at);
	expect(await cut(whole, whole.length - 1)).not.toContain(' 201 ');
	expect((await kept()).filter((line) => line.includes(report.id))).toEqual([]);
	const answers = [await cut(whole, whole.length), await cut(whole, whole.length)];
	for (const answer of answers) expect(answer).toContain(' 201 ');
	expect(new Set(answers.map((answer) => /"followToken":"[^"]+"/.exec(answer)?.[0])).size).toBe(1);
	expect((await kept()).filter((line) => line.includes(report.id))).toHaveLength(1);
	expect(files()).toHaveLength(1);
});

test('killed in the middle of uploads and started again: each report once, no photo half', async () => {
	test.setTimeout(90_000);
	const photo = await aPhoto('jpeg', 1_600, 1_200);
	const ids: string[] = [];
	for (const wait of [5, 60, 150, 400]) {
		const reports = [aReport(), aReport()];
		const before = Promise.allSettled(reports.map((report) => post(report, [photo, photo])));
		await new Promise((resolve) => setTimeout(resolve, wait));
		await app.kill();
		await before;
		app = await startApp({ PORT: String(port) }, { dataDir: app.dataDir });
		for (const report of reports) {
			const again = await Promise.all([1, 2].map(() => post(report, [photo, photo])));
			expect(again.map(({ status }) => status)).toEqual([201, 201]);
			ids.push(report.id);
		}
	}
	for (const id of ids) {
		await agent('publish', id);
		for (const n of [1, 2]) {
			const bytes = Buffer.from(
				await (await fetch(`${app.url}/api/v1/reports/${id}/photos/${n}`)).arrayBuffer()
			);
			expect(bytes.subarray(0, 2).toString('hex')).toBe('ffd8');
			expect(bytes.subarray(-2).toString('hex')).toBe('ffd9');
		}
	}
	const lines = await kept();
	for (const id of ids) expect(lines.filter((line) => line.includes(id))).toHaveLength(1);
});

test('a photo is served so that it can do nothing, and Open311 tells the same report', async () => {
	const { id, url } = await sent(aReport(), [await aPhoto('webp')]);
	expect(url).toBe(`${app.url}/signalement/${id}`);
	expect((await fetch(`${app.url}/api/v1/reports/${id}`)).status).toBe(404);
	await agent('publish', id);
	const photo = await fetch(`${app.url}/api/v1/reports/${id}/photos/1`);
	expect(photo.headers.get('content-type')).toBe('image/jpeg');
	expect(photo.headers.get('x-content-type-options')).toBe('nosniff');
	expect(photo.headers.get('content-disposition')).toContain('attachment');
	expect(photo.headers.get('content-security-policy')).toContain('sandbox');
	const discovery = (await (await fetch(`${app.url}/open311/discovery.json`)).json()) as {
		endpoints: { url: string }[];
	};
	const base = discovery.endpoints[0]?.url ?? '';
	expect(await (await fetch(`${base}requests/${id}.xml`)).text()).toContain(id);
	const [key = ''] = (await agent('key', 'add', 'e2e')).split('\n');
	const fields = { api_key: key, service_code: 'autre', lat: '43.6', long: '1.44' };
	const form = new URLSearchParams(fields);
	expect((await fetch(`${base}requests.xml`, { method: 'POST', body: form })).status).toBe(200);
});

const NASTY = [
	'<script>window.hurt=1</script>',
	'<img src=x onerror="window.hurt=1">',
	'"><svg onload=window.hurt=1>',
	'javascript:window.hurt=1',
	'</script><script>window.hurt=1</script>',
	'{@html "<b>"}',
	"'-window.hurt-'",
	'</textarea><script>window.hurt=1</script>'
].join(' ');

const look = async (page: Page, name: string) => {
	if (process.env['SHOTS'])
		await page.screenshot({ path: `/tmp/shots/${name}.png`, fullPage: true });
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
};

test('what strangers write stays words on every page, and the pages are clean for axe', async ({
	browser
}) => {
	const { id, followToken } = await sent(
		aReport({
			description: NASTY,
			address: NASTY.slice(0, 290),
			entity: { id: 'bike-toulouse-1', values: { name: NASTY } },
			contact: { name: NASTY.slice(0, 190) }
		}),
		[await aPhoto()]
	);
	await agent('publish', id);
	await agent('set', id, 'planned', '--reason', NASTY, '--expected', '2026-12-24T09:00:00Z');
	test.setTimeout(90_000);
	for (const [scheme, locale] of [
		['light', 'fr-FR'],
		['dark', 'en-GB']
	] as const) {
		const context = await browser.newContext({
			colorScheme: scheme,
			locale,
			viewport: { width: 390, height: 844 },
			serviceWorkers: 'block'
		});
		const page = await context.newPage();
		for (const [name, address] of [
			['list', '/signalements?status=all'],
			['one', `/signalement/${id}`],
			['mine', `/signalement/${id}?suivi=${followToken}`]
		] as const) {
			await page.goto(app.url + address);
			await expect(page.getByText('window.hurt=1').first()).toBeVisible();
			await page.waitForLoadState('networkidle');
			expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
			await look(page, `${name}-${scheme}-${locale}`);
		}
		await context.close();
	}
	for (const address of [
		'/api/v1/reports',
		'/open311/v2/requests.xml',
		'/open311/v2/requests.json'
	]) {
		const answer = await fetch(app.url + address);
		expect(answer.headers.get('content-type')).not.toContain('html');
		expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
	}
	expect(await (await fetch(`${app.url}/open311/v2/requests.xml`)).text()).not.toContain('<script');
});

test('without script: read, filter, « c’est aussi mon cas », follow, contest, erase', async ({
	browser
}) => {
	const { id, followToken } = await sent(aReport({ description: 'Banc cassé' }));
	const context = await browser.newContext({ javaScriptEnabled: false, locale: 'fr-FR' });
	const page = await context.newPage();
	const address = `${app.url}/signalement/${id}`;
	expect((await page.goto(address))?.status()).toBe(404);
	await page.goto(`${address}?suivi=${followToken}`);
	await expect(page.getByText('Pas encore public')).toBeVisible();
	await agent('publish', id);
	await page.goto(`${app.url}/signalements`);
	await page.getByLabel('Sujet').selectOption('voirie');
	await page.getByRole('button', { name: 'Afficher' }).click();
	await page.locator(`[data-report="${id}"]`).click();
	await page.getByRole('button', { name: 'C’est aussi mon cas' }).click();
	await expect(page.getByText('c’est aussi votre cas')).toBeVisible();
	await page.getByRole('button', { name: 'C’est aussi mon cas' }).click();
	await expect(page.getByText('1 personne dit')).toBeVisible();
	await page.getByRole('button', { name: 'Suivre' }).click();
	await agent('set', id, 'fixed', '--reason', 'Planche remplacée');
	await page.goto(address);
	await expect(page.getByText('Planche remplacée').first()).toBeVisible();
	await page.getByText('Ce n’est pas réglé').click();
	await page.getByRole('button', { name: 'Rouvrir ce signalement' }).click();
	await expect(page.getByText('Contesté : rouvert')).toBeVisible();
	await page.goto(`${address}?suivi=${followToken}`);
	await page.getByText('Effacer mes données').click();
	await page.getByRole('button', { name: 'Effacer pour toujours' }).click();
	await page.goto(address);
	await expect(page.getByText('Banc cassé')).toHaveCount(0);
	await context.close();
});

test('a follow link is told to nobody: no referrer, log or figure has it, and its forms are accepted', async ({
	browser
}) => {
	const { id, followToken } = await sent(aReport(), [await aPhoto()]);
	const context = await browser.newContext({ locale: 'fr-FR', serviceWorkers: 'block' });
	const page = await context.newPage();
	const told: Promise<{ asked: string; referer: string | undefined }>[] = [];
	const note = (request: Request) =>
		void told.push(
			request
				.allHeaders()
				.then(({ referer }) => ({ asked: new URL(request.url()).pathname, referer }))
		);
	page.on('request', note);
	await page.goto(`${app.url}/signalement/${id}?suivi=${followToken}`);
	await expect(page.getByText('Pas encore public')).toBeVisible();
	await page.waitForLoadState('networkidle');
	page.off('request', note); // a request the page's end cuts short has no headers to read
	const asked = await Promise.all(told);
	expect(asked.some(({ asked }) => asked.endsWith('/photos/1'))).toBe(true);
	expect(asked.filter(({ referer }) => referer?.includes(followToken))).toEqual([]);

	const refused = await fetch(`${app.url}/api/v1/reports/${id}/mine?token=${followToken}x`);
	expect(refused.status).toBe(403);
	await page.getByText('Effacer mes données').click();
	await page.getByRole('button', { name: 'Effacer pour toujours' }).click();
	await expect(page).toHaveURL(/signalements/);
	expect(await (await fetch(`${app.url}/metrics`)).text()).not.toContain(followToken);
	expect(app.output()).not.toContain(followToken);
	await context.close();
});

test('with script the act is this phone’s', async ({ browser }) => {
	const { id } = await sent();
	await agent('publish', id);
	const context = await browser.newContext({ locale: 'fr-FR', serviceWorkers: 'block' });
	const page = await context.newPage();
	await page.goto(`${app.url}/signalement/${id}`);
	await page.waitForLoadState('networkidle');
	const asked = page.waitForRequest(`**/api/v1/reports/${id}/follow`);
	await page.getByRole('button', { name: 'Suivre' }).click();
	expect((await asked).headers()['capitoul-device']).toMatch(/^[\w-]{22,}$/);
	await expect(page.getByRole('status').filter({ hasText: 'Vous suivez' })).toBeVisible();
	expect(await context.cookies()).not.toEqual(
		expect.arrayContaining([expect.objectContaining({ name: 'signalements' })])
	);
	const stranger = await fetch(`${app.url}/api/v1/reports?mine=true`, {
		headers: device(randomUUID().slice(0, 20))
	});
	expect(await stranger.json()).toMatchObject({ numberReturned: 0 });
	await context.close();
});

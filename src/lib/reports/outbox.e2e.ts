import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import sharp from 'sharp';
import { chromium, type BrowserContext, type Page } from 'playwright/test';
import { startApp, type App } from '#server/testing/app.ts';
import { openDoor, type Door, type Fate } from '#server/testing/door.ts';
import { expect, test } from '#server/testing/e2e.ts';
import { freePort } from '#server/testing/ports.ts';

const SECRET = 'GPS43.6045N';

/** A photo that tells where it was taken in every way a camera or an editor has. */
async function telling(): Promise<Buffer> {
	const bytes = await sharp({
		create: { width: 320, height: 240, channels: 3, background: '#7799bb' }
	})
		.withExif({
			IFD0: { Copyright: SECRET, Artist: SECRET },
			IFD2: { MakerNote: SECRET, UserComment: SECRET },
			IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '43/1 36/1 16/1' }
		})
		.withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><gps>${SECRET}</gps></x:xmpmeta>`)
		.jpeg()
		.toBuffer();
	const text = Buffer.from(`Photoshop 3.0\0${SECRET}`);
	const iptc = Buffer.from([0xff, 0xed, (text.length + 2) >> 8, (text.length + 2) & 255]);
	return Buffer.concat([bytes.subarray(0, 2), iptc, text, bytes.subarray(2)]);
}

/** The same as a PNG with a text chunk. */
async function tellingPng(): Promise<Buffer> {
	const bytes = await sharp({
		create: { width: 320, height: 240, channels: 3, background: '#bb9977' }
	})
		.png()
		.toBuffer();
	const body = Buffer.from(`Location\0${SECRET}`);
	const head = Buffer.alloc(8);
	head.writeUInt32BE(body.length);
	head.write('tEXt', 4, 'latin1');
	// A browser does not check the sum of a chunk it passes over.
	return Buffer.concat([bytes.subarray(0, 33), head, body, Buffer.alloc(4), bytes.subarray(33)]);
}

const ready = (page: Page) =>
	expect(page.locator('html')).toHaveAttribute('data-offline', 'ready', { timeout: 20_000 });

/** Writes one report through the four screens. */
async function report(page: Page, photo: Buffer | undefined, address: string) {
	await expect(page.getByRole('heading', { name: 'Que voyez-vous ?' })).toBeVisible();
	if (photo) {
		const mimeType = photo[0] === 0xff ? 'image/jpeg' : 'image/png';
		await page
			.getByLabel('Choisir une photo')
			.setInputFiles({ name: 'photo', mimeType, buffer: photo });
		await page.getByRole('button', { name: 'Garder cette photo' }).click();
		await expect(page.getByRole('img', { name: /Photo 1/ })).toBeVisible();
	}
	await page.getByRole('button', { name: /^Continuer/ }).click();
	await page.getByLabel('Adresse ou repère').fill(address);
	await page.getByRole('button', { name: 'Continuer' }).click();
	await page.getByRole('button', { name: /Éclairage/ }).click();
	await page.getByText('Un lampadaire est éteint').click();
	await page.getByRole('button', { name: 'Continuer' }).click();
	await page.getByRole('button', { name: 'Enregistrer et envoyer' }).click();
	await expect(page.getByText(/^Enregistré sur ce téléphone|^Envoyé/)).toBeVisible();
}

/** What the queue says of each report, at one moment (a locator would read its elements one turn after finding them). */
const told = (page: Page) =>
	page.evaluate(() =>
		[...document.querySelectorAll<HTMLElement>('[data-report]')].map(
			({ dataset }): [string, string] => [dataset['report'] ?? '', dataset['state'] ?? '']
		)
	);

/** The addresses of the reports the server holds, in the order they came. */
function held(app: App): { id: string; address: string }[] {
	const db = new DatabaseSync(path.join(app.dataDir, 'app.db'), { readOnly: true });
	try {
		return db.prepare('SELECT id, address FROM reports ORDER BY received_at, rowid').all() as never;
	} finally {
		db.close();
	}
}

/** Ends a browser as the system does when memory lacks: without a word. */
async function killBrowser(profile: string, context: BrowserContext) {
	const gone = new Promise((resolve) => context.once('close', resolve));
	for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		let line = '';
		try {
			line = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
		} catch {
			continue; // it ended meanwhile
		}
		if (line.includes(`--user-data-dir=${profile}`) && !line.includes('--type='))
			process.kill(Number(pid), 'SIGKILL');
	}
	await gone;
}

const MANY = 20;

test('twenty reports queued offline arrive once and in order, through cuts, a killed browser and a killed server', async ({
	contextOptions,
	launchOptions
}) => {
	test.setTimeout(180_000);
	const port = await freePort();
	let app = await startApp({ PORT: String(port) });
	const fates: Record<number, Fate> = { 2: 'before', 6: 'after', 10: 'before' };
	let restarted: Promise<void> | undefined;
	const door: Door = await openDoor(app.url, async (_write, number) => {
		if (number === 14) {
			const { dataDir } = app;
			await app.kill();
			restarted = startApp({ PORT: String(port) }, { dataDir }).then((again) => {
				app = again;
			});
		}
		return fates[number] ?? 'pass';
	});
	const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-phone-'));
	const open = () =>
		chromium.launchPersistentContext(profile, { ...contextOptions, ...launchOptions });
	let context = await open();
	try {
		let page = context.pages()[0] ?? (await context.newPage());
		await page.goto(`${door.url}/signaler`);
		await ready(page);
		await context.setOffline(true);
		const photos = [await telling(), await tellingPng()];
		const wanted = Array.from({ length: MANY }, (_, at) => `${at + 1} rue de Metz`);
		for (const [at, address] of wanted.entries()) {
			await report(page, photos[at % 2], address);
			if (at + 1 < MANY) await page.getByRole('link', { name: 'Faire un signalement' }).click();
		}
		const queued = await told(page);
		expect(queued.map(([, state]) => state)).toEqual(wanted.map(() => 'waiting'));
		expect(held(app)).toEqual([]);
		await killBrowser(profile, context);

		context = await open();
		page = context.pages()[0] ?? (await context.newPage());
		await page.goto(`${door.url}/signaler/file`);
		// A second tab wants to send as well.
		const other = await context.newPage();
		await other.goto(`${door.url}/signaler/file`);
		const ids = queued.map(([id]) => id);
		const deadline = Date.now() + 90_000;
		for (;;) {
			const now = await told(page);
			// Until the screen has read the phone's memory it says nothing at all.
			if (now.length > 0) {
				expect(now.map(([id]) => id).toSorted()).toEqual([...ids].toSorted());
				const there = new Set(held(app).map(({ id }) => id));
				for (const [id, state] of now)
					if (state === 'sent') expect(there.has(id), `${id} is said to be sent`).toBe(true);
				expect(now.filter(([, state]) => state === 'sending').length).toBeLessThan(2);
				expect(now.filter(([, state]) => state === 'refused')).toEqual([]);
				if (now.every(([, state]) => state === 'sent')) break;
			}
			expect(Date.now(), JSON.stringify(now)).toBeLessThan(deadline);
			await page.waitForTimeout(150);
		}
		await restarted;
		expect(held(app).map(({ address }) => address)).toEqual(wanted);
		expect(held(app).map(({ id }) => id)).toEqual(ids);
		// More were sent than there are: the cuts were real.
		expect(door.writes.length).toBeGreaterThan(MANY);
		for (const { headers, body } of door.writes) {
			expect(ids).toContain(headers['idempotency-key']);
			for (const word of [SECRET, 'Exif', 'xmpmeta', 'Photoshop', 'tEXt', 'MakerNote'])
				expect(body.includes(word), word).toBe(false);
		}
	} finally {
		await context.close().catch(() => {});
		await door.close();
		await app.stop();
		fs.rmSync(profile, { recursive: true, force: true });
	}
});

test('a zone hidden on the phone is gone from all that is kept and sent; a refusal is told and can be edited; words stay words', async ({
	browser
}) => {
	const app = await startApp();
	const door = await openDoor(app.url);
	// The page alone sends here: what the worker sends passes by `page.route`.
	const context = await browser.newContext({ serviceWorkers: 'block' });
	const page = await context.newPage();
	try {
		const striped = await sharp(stripes(), { raw: { width: W, height: H, channels: 3 } })
			.jpeg({ quality: 95 })
			.toBuffer();
		await page.goto(`${door.url}/signaler`);
		await page
			.getByLabel('Choisir une photo')
			.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: striped });
		const box = await page.getByRole('group', { name: 'Photo à vérifier' }).boundingBox();
		if (!box) throw new Error('no photo on screen');
		const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
		await page.mouse.move(...at(0.1, 0.1));
		await page.mouse.down();
		await page.mouse.move(...at(0.5, 0.6), { steps: 3 });
		await page.mouse.up();
		await page.getByRole('button', { name: 'Cacher 1 zone et garder' }).click();
		await expect(page.getByRole('img', { name: /Photo 1/ })).toBeVisible();
		await expect(page.locator('[data-kept="kept"]')).toBeVisible();

		// The draft is there again after a reload, at its step.
		await page.getByRole('button', { name: 'Continuer', exact: true }).click();
		await page.getByRole('button', { name: 'Poser l’épingle ici' }).click();
		await page.getByRole('application', { name: 'Épingle' }).focus();
		await page.keyboard.press('Shift+ArrowUp');
		await page.getByRole('button', { name: 'Continuer', exact: true }).click();
		await expect(page.getByRole('heading', { name: 'De quoi s’agit-il ?' })).toBeFocused();
		await page.reload();
		await expect(page.getByRole('heading', { name: 'De quoi s’agit-il ?' })).toBeVisible();
		await page.getByRole('button', { name: /Éclairage/ }).click();
		await page.getByText('Un câble est nu').click();
		await expect(page.getByRole('link', { name: 'Appeler le 18' })).toBeVisible();
		await page.getByRole('button', { name: 'Continuer', exact: true }).click();
		await expect(page.getByRole('heading', { name: 'De quoi s’agit-il ?' })).toBeVisible();
		await page.getByText('Un lampadaire est éteint').click();
		await page.getByRole('button', { name: 'Continuer', exact: true }).click();
		const words = '<img src=x onerror="window.pwned=1">';
		await page.getByLabel(/Décrivez/).fill(words);

		// Refused once: told with its reason, kept, editable.
		await page.route('**/api/v1/reports', (route) =>
			route.fulfill({
				status: 400,
				contentType: 'application/problem+json',
				body: JSON.stringify({ code: 'report_invalid', detail: `x ${words}` })
			})
		);
		await page.getByRole('button', { name: 'Enregistrer et envoyer' }).click();
		const item = page.locator('[data-state="refused"]');
		await expect(item).toContainText('Refusé');
		await expect(item).toContainText(words);
		expect(door.writes).toEqual([]);
		await page.unroute('**/api/v1/reports');
		await item.getByRole('button', { name: 'Modifier' }).click();
		await expect(page.getByLabel(/Décrivez/)).toHaveValue(words);
		await page.getByRole('button', { name: 'Enregistrer et envoyer' }).click();
		await expect(page.locator('[data-state="sent"]')).toHaveCount(1);
		expect(await page.evaluate(() => 'pwned' in window)).toBe(false);

		const [write] = door.writes;
		if (!write) throw new Error('nothing was sent');
		const from = write.body.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
		const { data } = await sharp(write.body.subarray(from))
			.removeAlpha()
			.raw()
			.toBuffer({ resolveWithObject: true });
		expect(contrast(data, 0.6, 0.7, 0.95, 0.95)).toBeGreaterThan(100);
		expect(contrast(data, 0.14, 0.15, 0.46, 0.55)).toBeLessThan(4);
	} finally {
		await context.close();
		await door.close();
		await app.stop();
	}
});

const W = 640;
const H = 480;

/** Vertical stripes, eight pixels wide: what could be read in a zone that is only blurred a little. */
function stripes(): Buffer {
	const data = Buffer.alloc(W * H * 3);
	for (let at = 0; at < W * H; at++) data.fill(((at % W) >> 3) % 2 ? 230 : 30, at * 3, at * 3 + 3);
	return data;
}

/** How far light stripes stand out from dark ones within a box (shares of the photo): 200 in the photo itself. */
function contrast(data: Buffer, x0: number, y0: number, x1: number, y1: number): number {
	const sums = [0, 0];
	const counts = [0, 0];
	for (let y = Math.round(y0 * H); y < y1 * H; y++)
		for (let x = Math.round(x0 * W); x < x1 * W; x++) {
			const stripe = (x >> 3) % 2;
			sums[stripe] = (sums[stripe] ?? 0) + (data[(y * W + x) * 3] ?? 0);
			counts[stripe] = (counts[stripe] ?? 0) + 1;
		}
	return Math.abs((sums[1] ?? 0) / (counts[1] ?? 1) - (sums[0] ?? 0) / (counts[0] ?? 1));
}

test('two hundred positions change nothing of what is asked of the network', async ({
	browser
}) => {
	const app = await startApp();
	/** What a session asks that looks where it is so many times. */
	const asked = async (positions: number) => {
		const context = await browser.newContext();
		const page = await context.newPage();
		// The browser's own answer may be a minute old: here each look is another place.
		await page.addInitScript(() => {
			let n = 0;
			navigator.geolocation.getCurrentPosition = (found) => {
				n++;
				const coords = { latitude: 43.597 + n * 0.00005, longitude: 1.44 + (n % 17) * 0.0005 };
				setTimeout(() => found({ coords } as GeolocationPosition));
			};
		});
		const requests: string[] = [];
		page.on('request', (request) => {
			const { pathname, search } = new URL(request.url());
			// What the city says anew each minute is asked by the clock, not by the person.
			if (!pathname.startsWith('/_app/') && !search.includes('since='))
				requests.push(`${request.method()} ${pathname}${search} ${request.postData() ?? ''}`);
		});
		await page.goto(`${app.url}/signaler`);
		await page.getByRole('button', { name: /^Continuer/ }).click();
		await page.getByRole('button', { name: 'Poser l’épingle ici' }).click();
		await expect(page.locator('.sketch path').first()).toBeAttached();
		await ready(page);
		await page.waitForLoadState('networkidle');
		const before = requests.length;
		const here = await page.getByRole('button', { name: 'Je suis sur place' }).elementHandle();
		const seen = new Set<string | null>();
		for (let n = 0; n < positions; n++) {
			await here?.evaluate(async (button: HTMLButtonElement) => {
				button.click();
				do await new Promise((resolve) => setTimeout(resolve));
				while (button.disabled);
			});
			if (n % 20 === 0) seen.add(await page.locator('.where').textContent());
		}
		expect(requests.slice(before)).toEqual([]);
		// The pin followed: the positions were truly read.
		expect(seen.size).toBeGreaterThanOrEqual(Math.min(positions, 3));
		await context.close();
		return requests.toSorted();
	};
	try {
		expect(await asked(200)).toEqual(await asked(0));
	} finally {
		await app.stop();
	}
});

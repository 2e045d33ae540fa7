// Makes static/screenshots/*.png, what an install dialog shows, from the built app on a simulated city:
// `node server/launch/screenshots.ts`, after a change of what the pages look like.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { startApp } from '../testing/app.ts';

const folder = path.resolve(import.meta.dirname, '../../static/screenshots');
fs.mkdirSync(folder, { recursive: true });

const app = await startApp({ SIMULATOR: 'on' });
const browser = await chromium.launch({
	executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-background-networking', '--enable-unsafe-swiftshader']
});
try {
	const shoot = async (name: string, width: number, height: number, scale: number, at: string) => {
		const page = await browser.newPage({
			viewport: { width, height },
			deviceScaleFactor: scale,
			locale: 'fr-FR',
			timezoneId: 'Europe/Paris'
		});
		await page.goto(app.url + at);
		await page.locator('html[data-connection="live"]').waitFor();
		if (width >= 900) await page.locator('[data-ids]').waitFor({ timeout: 30_000 });
		// Flat colours and words: a palette halves what the install dialog downloads.
		const shot = sharp(await page.screenshot()).png({ palette: true });
		await shot.toFile(path.join(folder, name));
		const href = await page.evaluate(() =>
			document.querySelector('[data-layer="bike"] a, a[href^="/lieu/bike"]')?.getAttribute('href')
		);
		await page.close();
		return href ?? '/';
	};
	const station = await shoot('accueil.png', 390, 844, 2, '/');
	await shoot('lieu.png', 390, 844, 2, station);
	await shoot('large.png', 1280, 800, 1, '/');
} finally {
	await browser.close();
	await app.stop();
}

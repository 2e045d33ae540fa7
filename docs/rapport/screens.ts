// node docs/rapport/screens.ts: makes the screenshots of the report anew, from the built app on a simulated city.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';
import { startApp } from '../../server/testing/app.ts';

const folder = path.join(import.meta.dirname, 'ecrans');
const SCREENS = { alertes: '/alertes', signaler: '/signaler', signalements: '/signalements' };

fs.mkdirSync(folder, { recursive: true });
const app = await startApp({ SIMULATOR: 'on' }, { readyMs: 60_000 });
const browser = await chromium.launch({
	executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-background-networking', '--enable-unsafe-swiftshader']
});
try {
	for (const [name, at] of Object.entries(SCREENS)) {
		const page = await browser.newPage({
			viewport: { width: 390, height: 844 },
			deviceScaleFactor: 1.5,
			locale: 'fr-FR',
			timezoneId: 'Europe/Paris'
		});
		await page.goto(app.url + at);
		await page.locator('html[data-connection="live"]').waitFor();
		await page.screenshot({ path: path.join(folder, `${name}.jpg`), type: 'jpeg', quality: 80 });
		await page.close();
	}
} finally {
	await browser.close();
	await app.stop();
}

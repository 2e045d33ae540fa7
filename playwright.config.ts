import { defineConfig } from 'playwright/test';

export default defineConfig({
	testDir: 'src',
	testMatch: '**/*.e2e.ts',
	timeout: process.env['CI'] ? 120_000 : 60_000,
	expect: { timeout: process.env['CI'] ? 15_000 : 8_000 },
	// One more than the cores of the smallest machine: a page waits a third of its time.
	workers: process.env['CI'] ? 3 : 1,
	// A shared machine may stall a browser; a test that fails three times is wrong.
	retries: process.env['CI'] ? 2 : 0,
	fullyParallel: false,
	reporter: [['list']],
	outputDir: '.test-results',
	use: {
		viewport: { width: 390, height: 844 },
		locale: 'fr-FR',
		timezoneId: 'Europe/Paris',
		launchOptions: {
			executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
				'--no-first-run',
				'--disable-quic',
				'--use-gl=angle',
				'--use-angle=swiftshader',
				'--enable-unsafe-swiftshader'
			]
		}
	}
});

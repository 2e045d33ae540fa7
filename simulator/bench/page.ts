// What a phone pays for a page: Lighthouse's mobile preset, and the bytes of a first visit, on the built app.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import lighthouse, { type RunnerResult } from 'lighthouse';
import { chromium } from 'playwright';
import { startApp } from '../../server/testing/app.ts';
import { freePort } from '../../server/testing/ports.ts';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
	'--headless=new',
	'--no-sandbox',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--no-first-run',
	'--disable-quic'
];
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;

export interface PageFigures {
	page: string;
	/** Scores 0 to 100, in the order of Lighthouse: performance, accessibility, best practices, SEO. */
	scores: string;
	lcpMs: number;
	blockingMs: number;
	cls: number;
	/** Bytes over the wire until the page was idle: all, and script alone. */
	bytes: number;
	scriptBytes: number;
	/** What Lighthouse holds against the page, where it is not the speed. */
	failed: string[];
}

const median = (values: number[]): number =>
	[...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Runs Lighthouse `runs` times on each page of a simulated city; medians. About 15 s a run. */
export async function pageFigures(runs: number): Promise<PageFigures[]> {
	const app = await startApp({ SIMULATOR: 'on' });
	const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'lighthouse-'));
	const port = await freePort();
	const browser = spawn(
		EXECUTABLE,
		[...ARGS, `--remote-debugging-port=${port}`, `--user-data-dir=${profile}`, 'about:blank'],
		{ stdio: 'ignore' }
	);
	try {
		await untilListening(port);
		const { features } = (await (
			await fetch(`${app.url}/api/v1/entities?layer=bike&limit=1`)
		).json()) as { features: { id: string }[] };
		const pages = ['/', `/lieu/${features[0]?.id}`, '/a-propos'];
		const figures: PageFigures[] = [];
		for (const page of pages) {
			const results: RunnerResult['lhr'][] = [];
			for (let run = 0; run < runs; run++) {
				const result = await lighthouse(`${app.url}${page}`, {
					port,
					logLevel: 'silent',
					onlyCategories: [...CATEGORIES]
				});
				if (result) results.push(result.lhr);
			}
			figures.push(summary(page, results));
		}
		return figures;
	} finally {
		browser.kill('SIGKILL');
		await app.stop();
	}
}

function summary(page: string, results: RunnerResult['lhr'][]): PageFigures {
	const audit = (id: string) =>
		median(results.map(({ audits }) => audits[id]?.numericValue ?? NaN));
	const requests = (lhr: RunnerResult['lhr'] | undefined) => {
		const details = lhr?.audits['network-requests']?.details;
		return details && 'items' in details
			? (details.items as { transferSize?: number; resourceType?: string }[])
			: [];
	};
	const items = requests(results[0]);
	const sum = (type?: string) =>
		items
			.filter(({ resourceType }) => type === undefined || resourceType === type)
			.reduce((total, { transferSize = 0 }) => total + transferSize, 0);
	const failed = new Set<string>();
	for (const { categories, audits } of results)
		for (const [name, category] of Object.entries(categories))
			if (name !== 'performance')
				for (const { id, weight } of category.auditRefs)
					if (weight > 0 && (audits[id]?.score ?? 1) < 1) failed.add(id);
	return {
		page,
		scores: CATEGORIES.map((name) =>
			Math.round(100 * median(results.map(({ categories }) => categories[name]?.score ?? 0)))
		).join(' / '),
		lcpMs: Math.round(audit('largest-contentful-paint')),
		blockingMs: Math.round(audit('total-blocking-time')),
		cls: Number(audit('cumulative-layout-shift').toFixed(3)),
		bytes: sum(),
		scriptBytes: sum('Script'),
		failed: [...failed]
	};
}

async function untilListening(port: number): Promise<void> {
	for (let tries = 0; tries < 600; tries++) {
		if (
			await fetch(`http://127.0.0.1:${port}/json/version`)
				.then((r) => r.ok)
				.catch(() => false)
		)
			return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error('Chromium did not start');
}

/** Time from opening the installed app without a network to its first place with a value, ms, CPU four times slower. */
export async function offlineStart(runs: number): Promise<number> {
	const app = await startApp({ SIMULATOR: 'on' });
	const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'offline-'));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: EXECUTABLE,
		args: ARGS.slice(1),
		viewport: { width: 390, height: 844 }
	});
	try {
		const page = await context.newPage();
		await page.goto(app.url);
		await page.locator('html[data-offline="ready"]').waitFor({ timeout: 60_000 });
		await app.kill();
		await context.setOffline(true);
		const times: number[] = [];
		for (let run = 0; run < runs; run++) {
			await page.goto('about:blank');
			const devtools = await context.newCDPSession(page);
			await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
			const started = performance.now();
			await page.goto(app.url, { waitUntil: 'commit' });
			await page.locator('[data-entity] [data-value]').first().waitFor({ timeout: 30_000 });
			times.push(performance.now() - started);
			await devtools.detach();
		}
		return Math.round(median(times));
	} finally {
		await context.close();
		await app.stop();
	}
}

if (import.meta.main) {
	const runs = process.argv.includes('--quick') ? 1 : 5;
	console.table(await pageFigures(runs));
	console.log(
		`offline start to the first value, CPU 4 × slower, median of ${runs}: ${await offlineStart(runs)} ms`
	);
	process.exit(0);
}

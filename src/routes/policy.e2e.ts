import { expect, test } from '#server/testing/e2e.ts';
import { startApp, type App } from '#server/testing/app.ts';

let app: App;
test.beforeAll(async () => void (app = await startApp()));
test.afterAll(() => app.stop());

// Every other e2e test fails where the content policy stopped something: this one shows that it would be noticed.
test('a script written into the page does not run, and is noticed', async ({ page, policy }) => {
	await page.goto(`${app.url}/a-propos`);
	await page.evaluate(() => {
		const script = document.createElement('script');
		script.textContent = 'document.title = "taken over"';
		document.body.append(script);
	});
	await expect(page).not.toHaveTitle('taken over');
	await expect.poll(() => policy.length).toBe(1);
	policy.length = 0; // expected here, and only here
});

test('pages rendered and prerendered name their policy: nothing inline, nobody else', async ({
	request
}) => {
	for (const path of ['/', '/a-propos', '/lieu/bike-test-404']) {
		const answer = await request.get(`${app.url}${path}`);
		const html = await answer.text();
		const meta = /http-equiv="content-security-policy" content="([^"]*)"/i.exec(html)?.[1] ?? '';
		const policy = `${answer.headers()['content-security-policy'] ?? ''}; ${meta}`;
		expect(policy, path).toContain("default-src 'self'");
		expect(policy, path).toContain("frame-ancestors 'none'");
		const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
		expect(scripts, path).not.toMatch(/unsafe|https?:|\*/);
	}
});

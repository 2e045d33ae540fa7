import { expect, test as base } from 'playwright/test';

export { expect };
export type { Page } from 'playwright/test';

/** What was stopped since the test of this worker began. */
const stopped: string[] = [];

/**
 * Playwright's `test`, which besides fails a test during which the content policy stopped anything on any page: what is
 * stopped on a phone is a part of the page that silently does not work, or an attack. A test that asks for no browser
 * gets none.
 */
export const test = base.extend<{ policy: string[] }, object>({
	browser: [
		async ({ browser }, use) => {
			browser.on('context', (context) =>
				context.on('console', (message) => {
					if (message.type() === 'error' && /content security policy/i.test(message.text()))
						stopped.push(message.text());
				})
			);
			await use(browser);
		},
		{ scope: 'worker' }
	],
	policy: [
		async ({}, use) => {
			stopped.length = 0;
			await use(stopped);
			expect(stopped, 'the content policy stopped something').toEqual([]);
		},
		{ auto: true }
	]
});

import { expect, test as base, type BrowserContext } from 'playwright/test';

export { expect };
export type { Page } from 'playwright/test';

/**
 * Playwright's `test`, which besides fails a test during which the content policy stopped anything on any page: what is
 * stopped on a phone is a part of the page that silently does not work, or an attack.
 */
export const test = base.extend<{ policy: string[] }>({
	policy: [
		async ({ browser }, use) => {
			const violations: string[] = [];
			const watch = (context: BrowserContext) => {
				context.on('console', (message) => {
					if (message.type() === 'error' && /content security policy/i.test(message.text()))
						violations.push(message.text());
				});
			};
			for (const context of browser.contexts()) watch(context);
			browser.on('context', watch);
			await use(violations);
			browser.off('context', watch);
			expect(violations, 'the content policy stopped something').toEqual([]);
		},
		{ auto: true }
	]
});

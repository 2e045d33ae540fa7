import { afterEach, expect, test, vi } from 'vitest';
import { askToStay, sevenDaysOnly, stays } from './persist.ts';

afterEach(() => vi.unstubAllGlobals());

const phone = (storage: unknown, more: object = {}) =>
	vi.stubGlobal('navigator', {
		userAgent: 'Mozilla/5.0 (Linux; Android 15)',
		maxTouchPoints: 5,
		...(storage === undefined ? {} : { storage }),
		...more
	});

test('the answer of the browser is told as it is', async () => {
	const persist = vi.fn(() => Promise.resolve(true));
	phone({ persisted: () => Promise.resolve(false), persist });
	expect(await stays()).toBe('refused');
	expect(persist).not.toHaveBeenCalled();
	expect(await askToStay()).toBe('kept');
	phone({ persisted: () => Promise.resolve(false), persist: () => Promise.resolve(false) });
	expect(await askToStay()).toBe('refused');
	phone({ persisted: () => Promise.resolve(false), persist: () => Promise.reject(new Error()) });
	expect(await askToStay()).toBe('refused');
});

test('what was granted is not asked again', async () => {
	const persist = vi.fn(() => Promise.resolve(true));
	phone({ persisted: () => Promise.resolve(true), persist });
	expect(await askToStay()).toBe('kept');
	expect(persist).not.toHaveBeenCalled();
});

test('a browser without a word for it, or a page that is not secure, is no failure', async () => {
	phone(undefined);
	expect(await askToStay()).toBe('unknown');
	phone({});
	expect(await askToStay()).toBe('unknown');
	phone({ persisted: () => Promise.reject(new Error()), persist: () => Promise.resolve(true) });
	expect(await askToStay()).toBe('unknown');
});

test('only an iPhone or iPad outside the home screen deletes after seven days', () => {
	const standalone = (matches: boolean) => vi.stubGlobal('matchMedia', () => ({ matches }));
	standalone(false);
	phone(undefined);
	expect(sevenDaysOnly()).toBe(false);
	phone(undefined, { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)' });
	expect(sevenDaysOnly()).toBe(true);
	phone(undefined, { userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)' });
	expect(sevenDaysOnly()).toBe(true);
	standalone(true);
	expect(sevenDaysOnly()).toBe(false);
});

import { expect, test } from 'vitest';
import { createHealth, readyAnswer } from './health.ts';

test('since is when a dependency turned, and stays while it does not', () => {
	let now = Date.parse('2026-11-22T09:00:00Z');
	let ok = true;
	const health = createHealth(() => now);
	health.add({ name: 'broker', check: () => ({ ok, detail: ok ? undefined : 'gone' }) });
	const at = (time: string) => {
		now = Date.parse(time);
		return health.checks()[0];
	};
	expect(at('2026-11-22T09:00:00Z')).toMatchObject({ ok: true, since: '2026-11-22T09:00:00Z' });
	expect(at('2026-11-22T09:01:00Z')).toMatchObject({ since: '2026-11-22T09:00:00Z' });
	ok = false;
	expect(at('2026-11-22T09:02:00Z')).toEqual({
		name: 'broker',
		ok: false,
		since: '2026-11-22T09:02:00Z',
		detail: 'gone'
	});
	expect(at('2026-11-22T09:03:00Z')).toMatchObject({ since: '2026-11-22T09:02:00Z' });
});

test('a check that knows since when is believed; one that throws is in trouble, alone', () => {
	const health = createHealth();
	health.add({ name: 'source', check: () => ({ ok: false, since: '2026-11-22T08:00:00Z' }) });
	health.add({
		name: 'disk',
		check: () => {
			throw new Error('full');
		}
	});
	expect(health.checks()).toMatchObject([
		{ name: 'source', ok: false, since: '2026-11-22T08:00:00Z' },
		{ name: 'disk', ok: false, detail: 'full' }
	]);
});

test('503 only until ready; later trouble is 200 and degraded', async () => {
	const checks = [{ name: 'x', ok: false, since: undefined, detail: undefined }];
	const said = async (response: Response) => [
		response.status,
		((await response.json()) as { status: string }).status
	];
	expect(await said(readyAnswer({ ready: false, checks }))).toEqual([503, 'starting']);
	expect(await said(readyAnswer({ ready: true, checks }))).toEqual([200, 'degraded']);
	expect(await said(readyAnswer({ ready: true, checks: [] }))).toEqual([200, 'ready']);
});

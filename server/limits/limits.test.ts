import { inspect } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { DAY, HOUR, Limits } from './limits.ts';

afterEach(() => vi.useRealTimers());

const few = { points: 2, duration: HOUR };

test('an address has its share again after the hour, and no other pays for it', async () => {
	vi.useFakeTimers();
	const limits = new Limits({ few }, Date.now);
	await limits.take('few', '192.0.2.1');
	await limits.take('few', '192.0.2.1');
	vi.advanceTimersByTime(600_000);
	await expect(limits.take('few', '192.0.2.1')).rejects.toMatchObject({
		code: 'too_many_requests',
		retryAfter: 3_000,
		detail: expect.stringContaining('50 min') as string
	});
	await expect(limits.check('few', '192.0.2.1')).rejects.toMatchObject({ retryAfter: 3_000 });
	await limits.take('few', '192.0.2.2');
	vi.advanceTimersByTime(3_000_001);
	await limits.take('few', '192.0.2.1');
});

test('an IPv6 network is one, and a name that is no address is itself', async () => {
	const limits = new Limits({ few }, Date.now);
	await limits.count('few', '2001:db8::1', 2);
	await expect(limits.check('few', '2001:db8:0:0:9::')).rejects.toThrow();
	await limits.check('few', '2001:db8:0:1::1');
	await limits.count('few', 'open311:a', 2);
	await limits.check('few', 'open311:b');
});

test('no address is held, and the prints of two days have nothing in common', async () => {
	let now = 0;
	const limits = new Limits({ few }, () => now);
	await limits.count('few', '192.0.2.1', 2);
	expect(inspect(limits, { depth: 9, showHidden: true })).not.toContain('192.0.2.1');
	now = DAY * 1_000;
	await limits.check('few', '192.0.2.1');
});

test('the number of addresses counted is bounded: the oldest is forgotten', async () => {
	const limits = new Limits({ few }, Date.now, 3);
	for (const n of [1, 2, 3, 4]) await limits.count('few', `192.0.2.${n}`, 2);
	await limits.check('few', '192.0.2.1');
	for (const n of [2, 3, 4]) await expect(limits.check('few', `192.0.2.${n}`)).rejects.toThrow();
});

import { expect, test } from 'vitest';
import { AddressLimits } from './limits.ts';

test('the allowance of a minute comes back with the next minute', () => {
	let now = 0;
	const limits = new AddressLimits({ connectsPerMinute: 2, openPerAddress: 10 }, () => now);
	expect([limits.enter('a'), limits.enter('a'), limits.enter('a')]).toEqual([true, true, false]);
	expect(limits.enter('b')).toBe(true);
	now = 60_000;
	expect(limits.enter('a')).toBe(true);
});

import { expect, test } from 'vitest';
import { AddressLimits, network } from './limits.ts';

test('the allowance of a minute comes back with the next minute', () => {
	let now = 0;
	const limits = new AddressLimits({ connectsPerMinute: 2, openPerAddress: 10 }, () => now);
	expect([limits.enter('a'), limits.enter('a'), limits.enter('a')]).toEqual([true, true, false]);
	expect(limits.enter('b')).toBe(true);
	now = 60_000;
	expect(limits.enter('a')).toBe(true);
});

test('one IPv6 network is one address', () => {
	expect(network('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
	expect(network('2001:db8::1')).toBe('2001:db8:0:0');
	expect(network('::1')).toBe('0:0:0:0');
	expect(network('::ffff:192.0.2.1')).toBe('192.0.2.1');
	expect(network('192.0.2.1')).toBe('192.0.2.1');
});

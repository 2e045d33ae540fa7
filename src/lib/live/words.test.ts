import { expect, test } from 'vitest';
import { age, metres, moment, number, percent, walk } from './words.ts';

// Thursday 26 November 2026, 14:30 in Toulouse (UTC+1).
const now = Date.parse('2026-11-26T13:30:00Z');
const at = (iso: string) => Date.parse(iso);
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test.each([
	[now + 3_000, "à l'instant", 'just now'],
	[now - 9_999, "à l'instant", 'just now'],
	[now - 40_000, 'il y a 40 secondes', '40 seconds ago'],
	[now - 59_999, 'il y a 50 secondes', '50 seconds ago'],
	[now - 60_000, 'il y a 1 min', '1 min ago'],
	[now - 12 * 60_000, 'il y a 12 min', '12 min ago'],
	[now - 3 * 3_600_000, 'il y a 3 h', '3 h ago'],
	[at('2026-11-26T06:05:00Z'), "aujourd'hui à 7 h 05", 'today at 07:05'],
	[at('2026-11-25T17:02:00Z'), 'hier à 18 h 02', 'yesterday at 18:02'],
	[at('2026-11-22T09:00:00Z'), 'dimanche à 10 h 00', 'Sunday at 10:00'],
	[at('2026-03-03T09:00:00Z'), 'le 3 mars', 'on 3 March'],
	[at('2023-03-03T09:00:00Z'), 'le 3 mars 2023', 'on 3 March 2023']
])('an age is said as a person would (%#)', (observed, fr, en) => {
	expect(plain(age(observed, now, 'fr'))).toBe(fr);
	expect(plain(age(observed, now, 'en'))).toBe(en);
});

test('« yesterday » follows the city’s day, across the change of summer time too', () => {
	const justAfterMidnight = at('2026-10-24T22:30:00Z'); // 25 October, 0:30, the day of 25 hours
	expect(plain(age(at('2026-10-24T21:00:00Z'), justAfterMidnight, 'fr'))).toBe('hier à 23 h 00');
	const nextDay = at('2026-10-26T09:00:00Z');
	expect(plain(age(at('2026-10-24T22:10:00Z'), nextDay, 'fr'))).toBe('hier à 0 h 10');
});

test('a figure never leaves its unit at the end of a line', () => {
	expect(age(now - 12 * 60_000, now, 'fr')).toContain('12\u00a0min');
	expect(metres(350, 'fr')).toBe('350\u00a0m');
	expect(moment(now, now, 'fr')).toBe('14\u00a0h\u00a030');
});

test('a moment gives the hour today and the day before that', () => {
	expect(plain(moment(at('2026-11-26T13:02:00Z'), now, 'fr'))).toBe('14 h 02');
	expect(plain(moment(at('2026-11-25T17:02:00Z'), now, 'en'))).toBe('yesterday at 18:02');
	expect(plain(moment(at('2026-03-03T08:05:00Z'), now, 'fr'))).toBe('le 3 mars à 9 h 05');
});

test('numbers are written as the language does', () => {
	expect(plain(number(1020, 1, 'fr'))).toBe('1 020');
	expect(number(1020, 1, 'en')).toBe('1,020');
	expect(number(14.26, 0.1, 'fr')).toBe('14,3');
	expect(plain(percent(0.874, 'fr'))).toBe('87 %');
	expect(plain(percent(0.874, 'en'))).toBe('87%');
});

test('a distance is rounded to what one can walk by', () => {
	expect(plain(metres(3, 'fr'))).toBe('10 m');
	expect(plain(metres(994, 'fr'))).toBe('990 m');
	expect(plain(metres(996, 'fr'))).toBe('1 km');
	expect(plain(metres(1_240, 'fr'))).toBe('1,2 km');
	expect(plain(metres(12_345, 'en'))).toBe('12 km');
	expect(plain(walk(350, 'fr'))).toBe('6 min à pied');
	expect(plain(walk(350, 'en'))).toBe('6 min walk');
});

test('figures and shares are written as Intl writes them', () => {
	for (const value of [0, 0.04, 0.05, 7, 14.25, 999.96, 1013.2, 12_345.6, 1_234_567, -3.14, -1_020])
		for (const [locale, tag] of [
			['fr', 'fr-FR'],
			['en', 'en-GB']
		] as const) {
			const intl = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(tag, options);
			expect(number(value, 0.1, locale)).toBe(intl({ maximumFractionDigits: 1 }).format(value));
			expect(number(value, 1, locale)).toBe(intl({ maximumFractionDigits: 0 }).format(value));
		}
	expect(percent(0.873, 'fr')).toBe(
		new Intl.NumberFormat('fr-FR', { style: 'percent' }).format(0.87)
	);
});

import { expect, test } from 'vitest';
import { cityAlert } from '#server/testing/city-alert.ts';
import { beganAt, endsAt, infoFor, readList, stands, standing, type CityAlert } from './alert.ts';

const NOW = Date.parse('2026-11-25T11:00:00Z');
const HOUR = 3_600_000;
const alert = (id: string, ...more: Parameters<typeof cityAlert>): CityAlert => ({
	id,
	...cityAlert(...more)
});

test('the worst comes first, then the newest; what is over is left out', () => {
	const list = [
		alert('old', NOW - HOUR),
		alert('over', NOW - 3 * HOUR),
		alert('new', NOW),
		alert('flood', NOW - 2 * HOUR, { info: { severity: 'Extreme' } })
	];
	expect(standing(list, NOW).map(({ id }) => id)).toEqual(['flood', 'new', 'old']);
});

test('without an end it stands for a day after it was sent', () => {
	const endless = alert('a', NOW, { info: { expires: undefined } });
	expect(endsAt(endless)).toBe(NOW + 24 * HOUR);
	expect(stands(endless, NOW + 23 * HOUR)).toBe(true);
	expect(stands(endless, NOW + 24 * HOUR)).toBe(false);
});

test('it holds since its onset, else since it took effect', () => {
	expect(beganAt(alert('a', NOW, { info: { onset: '2026-11-25T10:00:00Z' } }))).toBe(NOW - HOUR);
	expect(beganAt(alert('a', NOW, { info: { effective: undefined } }))).toBe(NOW);
});

test('each reads it in their language, or in the one it has', () => {
	const [fr] = cityAlert(NOW).info;
	const [en] = cityAlert(NOW, { info: { language: 'en-GB', headline: 'Polluted air' } }).info;
	const both = { ...alert('a', NOW), info: [fr, en].filter((info) => info !== undefined) };
	expect(infoFor(both, 'en')?.headline).toBe('Polluted air');
	expect(infoFor(both, 'fr')?.headline).toBe('Air pollué dans ce quartier');
	expect(infoFor(alert('a', NOW), 'en')?.headline).toBe('Air pollué dans ce quartier');
});

test('a list with one that is none keeps the others', () => {
	const good = alert('a', NOW);
	expect(readList({ alerts: [{ id: 'b' }, good, 3] })).toEqual([good]);
	expect(() => readList({})).toThrow();
});

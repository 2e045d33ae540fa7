import { expect, test, vi } from 'vitest';
import { cityAlert } from '#server/testing/city-alert.ts';
import { Clock } from '../live/clock.svelte.ts';
import type { Live } from '../live/live.svelte.ts';
import type { CityAlert } from './alert.ts';
import { CityAlerts } from './city-alerts.svelte.ts';
import { follow } from './follow.svelte.ts';
import type { Kept } from './kept.ts';

const NOW = Date.now();
const alert = (id: string): CityAlert => ({ id, ...cityAlert(NOW) });

/** A phone without a network whose memory holds `row`. The asking by itself is tried in the browser (`city-alerts.e2e.ts`). */
async function phone(row?: Kept) {
	const city = new CityAlerts();
	const live: Pick<Live, 'connection' | 'opened' | 'clock' | 'onalert'> = {
		connection: 'offline',
		opened: 0,
		clock: new Clock(),
		onalert: undefined
	};
	const keep = vi.fn(async (_kept: Kept) => {});
	const stop = follow(city, live, { kept: async () => row, keep });
	await Promise.resolve();
	const hear = (id: string, payload: object | string) =>
		live.onalert?.(id, typeof payload === 'string' ? payload : JSON.stringify(payload));
	const ids = () => city.list.map(({ id }) => id);
	return { city, live, keep, stop, hear, ids };
}

test('what was kept stands until something is heard, and is kept again then', async () => {
	const { city, hear, ids, keep } = await phone({ savedAt: NOW - 1_000, alerts: [alert('a')] });
	expect(ids()).toEqual(['a']);
	expect(city.asOf).toBe(NOW - 1_000);
	hear('b', cityAlert(NOW));
	expect(ids()).toEqual(['a', 'b']);
	expect(keep.mock.lastCall?.[0].alerts.map(({ id }) => id)).toEqual(['a', 'b']);
	hear('a', '');
	expect(ids()).toEqual(['b']);
	expect(keep.mock.lastCall?.[0].alerts).toHaveLength(1);
});

test('a newer word takes the place of the former; one that cannot be read changes nothing', async () => {
	const { city, hear } = await phone({ savedAt: NOW, alerts: [alert('a')] });
	hear('a', cityAlert(NOW, { info: { severity: 'Extreme' } }));
	expect(city.list.map(({ info }) => info[0]?.severity)).toEqual(['Extreme']);
	for (const bad of ['{', 'null', '{"identifier":"a"}']) hear('a', bad);
	expect(city.list.map(({ info }) => info[0]?.severity)).toEqual(['Extreme']);
});

test('once stopped it hears nothing more', async () => {
	const { live, stop } = await phone();
	stop();
	expect(live.onalert).toBeUndefined();
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Link, type Connection } from './link.ts';
import type { Stream, StreamEvents } from './stream.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that can go and come back, and what a phone asked of it. */
function fakeCity() {
	const city = {
		http: true,
		sockets: true,
		asked: 0,
		opened: 0,
		said: [] as Connection[],
		heard: new Set<string>(),
		events: undefined as StreamEvents | undefined,
		die() {
			city.http = city.sockets = false;
			city.events?.onclose();
		}
	};
	const open = async (_url: string, events: StreamEvents): Promise<Stream> => {
		city.opened++;
		if (!city.sockets) throw new Error('refused');
		city.events = events;
		city.heard.clear();
		return {
			subscribe: async (filters) => {
				for (const filter of filters) city.heard.add(filter);
				return true;
			},
			unsubscribe: async (filters) => {
				for (const filter of filters) city.heard.delete(filter);
			},
			end: () => city.heard.clear()
		};
	};
	const link = new Link({
		refresh: async () => {
			city.asked++;
			if (!city.http) throw new Error('no answer');
		},
		address: () => 'ws://city/mqtt',
		open,
		onmessage: () => {},
		onconnection: (connection) => city.said.push(connection),
		random: () => 0.5
	});
	return { city, link };
}

const soon = () => vi.advanceTimersByTimeAsync(1);
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const street = (...filters: string[]) => ({ filters, fits: true });

test('a phone with a socket for all it shows is live and asks nothing more over HTTP', async () => {
	const { city, link } = fakeCity();
	link.want(street('a', 'b'));
	link.start();
	await soon();
	expect(city.said.at(-1)).toBe('live');
	expect([...city.heard]).toEqual(['a', 'b']);
	await later(10 * 60_000);
	expect(city.asked).toBe(1);
	link.stop();
});

test('a view that moves keeps the cells it shares and stays live', async () => {
	const { city, link } = fakeCity();
	link.want(street('a', 'b'));
	link.start();
	await soon();
	city.said.length = 0;
	link.want(street('b', 'c'));
	await soon();
	expect([...city.heard]).toEqual(['b', 'c']);
	expect(city.said).toEqual([]);
	link.stop();
});

test('a view too wide for cells is polling, and asks each minute', async () => {
	const { city, link } = fakeCity();
	link.want({ filters: ['district'], fits: false });
	link.start();
	await soon();
	expect(city.said.at(-1)).toBe('polling');
	await later(3 * 60_000 + 5_000);
	expect(city.asked).toBe(4);
	link.want(street('a'));
	await soon();
	expect(city.said.at(-1)).toBe('live');
	link.stop();
});

test('where no socket gets through, the phone polls and goes on trying', async () => {
	const { city, link } = fakeCity();
	city.sockets = false;
	link.want(street('a'));
	link.start();
	await later(60_000);
	expect(city.said).toEqual(['polling']);
	expect(city.asked).toBeLessThanOrEqual(4);
	expect(city.opened).toBeGreaterThan(3);
	city.sockets = true;
	await later(16_000);
	expect(city.said.at(-1)).toBe('live');
	link.stop();
});

test('a server that dies makes the phone offline, and live again when it is back', async () => {
	const { city, link } = fakeCity();
	link.want(street('a'));
	link.start();
	await soon();
	city.die();
	await later(2_000);
	expect(city.said.at(-1)).toBe('offline');
	city.http = city.sockets = true;
	await later(16_000);
	expect(city.said.at(-1)).toBe('live');
	expect([...city.heard]).toEqual(['a']);
	link.stop();
});

test('what the system says of the network is a reason to ask, not the answer', async () => {
	const { city, link } = fakeCity();
	link.want(street('a'));
	link.start();
	await soon();
	await link.doubt();
	expect(city.said.at(-1)).toBe('live');
	city.http = false;
	await link.doubt();
	expect(city.said.at(-1)).toBe('offline');
	expect(city.heard.size).toBe(0);
	link.stop();
});

test('a tab hidden for a minute hears and asks nothing; shown, it is back at once', async () => {
	const { city, link } = fakeCity();
	link.want(street('a'));
	link.start();
	await soon();
	link.hide(true);
	await later(59_000);
	expect(city.heard.size).toBe(1);
	await later(2_000);
	expect(city.heard.size).toBe(0);
	expect(city.said.at(-1)).not.toBe('live');
	const { asked, opened } = city;
	await later(60 * 60_000);
	expect(city).toMatchObject({ asked, opened });
	link.hide(false);
	await soon();
	expect(city.said.at(-1)).toBe('live');
	expect(city.asked).toBe(asked + 1);
	link.stop();
});

test('a tab hidden for a moment only notices nothing', async () => {
	const { city, link } = fakeCity();
	link.want(street('a'));
	link.start();
	await soon();
	link.hide(true);
	await later(30_000);
	link.hide(false);
	await later(120_000);
	expect(city.opened).toBe(1);
	expect(city.said.at(-1)).toBe('live');
	link.stop();
});

test('a phone that slept does not trust the socket it had', async () => {
	const { city, link } = fakeCity();
	link.want(street('a'));
	link.start();
	await soon();
	link.hide(true);
	vi.setSystemTime(Date.now() + 10 * 60_000); // asleep: time passes, timers do not
	link.hide(false);
	await soon();
	expect(city.opened).toBe(2);
	expect(city.asked).toBe(2);
	expect(city.said.at(-1)).toBe('live');
	expect([...city.heard]).toEqual(['a']);
	link.stop();
});

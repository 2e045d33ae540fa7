import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EntityFeature } from '../layers/entity.ts';
import { layers } from '../layers/index.ts';
import { formatTime } from '../time.ts';
import { topics } from '../topics.ts';
import type { EntitiesAnswer } from './city-api.ts';
import { Live } from './live.svelte.ts';
import type { StreamEvents } from './stream.ts';

const T = Date.parse('2026-11-22T09:00:00Z');
const s = (ms: number) => ms / 1000;

beforeEach(() => {
	vi.useFakeTimers({ now: T });
	const events = { addEventListener: () => {}, removeEventListener: () => {} };
	vi.stubGlobal('document', { ...events, hidden: false, documentElement: { dataset: {} } });
	vi.stubGlobal('window', events);
});
afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

const station = (ref: number, bikes: number, at = T): EntityFeature => ({
	type: 'Feature',
	id: `bike-toulouse-${ref}`,
	geometry: { type: 'Point', coordinates: [1.4442, 43.6045] },
	properties: {
		layer: 'bike',
		name: `Station ${ref}`,
		availableBikeNumber: bikes,
		dateObserved: formatTime(at),
		receivedAt: formatTime(at)
	}
});

/** A running phone on a server that knows `city`. `orders` says in which order its frames carry their values. */
async function phone(city: EntityFeature[], orders: Record<string, readonly string[]> = {}) {
	const asked: (string | undefined)[] = [];
	let news: Partial<EntitiesAnswer> = {};
	let events: StreamEvents | undefined;
	const live = new Live();
	live.watch({ bbox: [1.444, 43.604, 1.445, 43.605], zoom: 16, layers: [] });
	live.start({
		api: {
			layers: async () => ({ mqtt: 'ws://city/mqtt', orders, sources: [] }),
			entities: async (cursor) => {
				asked.push(cursor);
				const whole = cursor === undefined;
				return { features: whole ? city : [], removed: [], cursor: 'c1', whole, ...news };
			}
		},
		open: async (_url, on) => {
			events = on;
			return { subscribe: async () => true, unsubscribe: async () => {}, end: () => {} };
		},
		store: async () => undefined
	});
	await vi.advanceTimersByTimeAsync(2_500);
	return {
		live,
		asked,
		next: (answer: Partial<EntitiesAnswer>) => (news = answer),
		frame: (cell: string, rows: Record<string, unknown[]>, more?: true) => {
			const payload = JSON.stringify({ t: s(T) + 10, e: rows, ...(more && { more }) });
			events?.onmessage(topics.live('bike', cell), payload);
		}
	};
}

test('a frame changes the place that is shown, and does not make another', async () => {
	const { live, frame } = await phone([station(1, 7)]);
	const place = live.place('bike-toulouse-1');
	expect(live.connection).toBe('live');
	frame('spc00b', { 'bike-toulouse-1': [s(T) + 5, 3] });
	expect(live.place('bike-toulouse-1')).toBe(place);
	expect(place?.values['availableBikeNumber']).toBe(3);
	expect(place?.times['availableBikeNumber']).toBe(T + 5_000);
	await live.stop();
});

test('values are named in the order the server gives, not the one this build knows', async () => {
	const [known] = layers;
	const other = [...(known?.live ?? [])].reverse();
	const { live, frame } = await phone([station(1, 7)], { bike: other });
	const row = other.map((name) => (name === 'availableBikeNumber' ? 2 : null));
	frame('spc00b', { 'bike-toulouse-1': [s(T) + 5, ...row] });
	expect(live.place('bike-toulouse-1')?.values['availableBikeNumber']).toBe(2);
	await live.stop();
});

test('who leaves a frame is gone, unless there is more, or another cell has it', async () => {
	const { live, frame } = await phone([station(1, 1), station(2, 2), station(3, 3), station(4, 4)]);
	const row = [s(T) + 5, 5];
	const [one, two, three, four] = [1, 2, 3, 4].map((ref) => `bike-toulouse-${ref}`) as [
		string,
		string,
		string,
		string
	];
	frame('spc00b', { [one]: row, [two]: row, [three]: row, [four]: row });
	frame('spc00b', { [one]: row, [two]: row, [three]: row }, true);
	expect(live.places.size).toBe(4);
	frame('spc00c', { [two]: row });
	frame('spc00b', { [one]: row, [three]: row });
	expect([...live.places.keys()]).toEqual([one, two, three]);
	frame('spc00b', {});
	expect([...live.places.keys()]).toEqual([two]);
	await live.stop();
});

test('an unknown id is asked for once, at most every 10 s, and takes what its frame said', async () => {
	const { live, asked, next, frame } = await phone([station(1, 7)]);
	expect(asked).toEqual([undefined]);
	next({ features: [station(2, 4)] });
	frame('spc00b', { 'bike-toulouse-2': [s(T) + 5, 9] });
	frame('spc00b', { 'bike-toulouse-2': [s(T) + 5, 9] });
	await vi.advanceTimersByTimeAsync(1);
	expect(asked).toEqual([undefined, 'c1']);
	expect(live.place('bike-toulouse-2')?.values['availableBikeNumber']).toBe(9);
	frame('spc00b', { 'bike-toulouse-2': [s(T) + 5, 9], 'bike-toulouse-3': [s(T), 1] });
	await vi.advanceTimersByTimeAsync(9_000);
	expect(asked.length).toBe(2);
	await vi.advanceTimersByTimeAsync(1_100);
	expect(asked.length).toBe(3);
	await live.stop();
});

test('a server that begins anew replaces the city; one that goes on tells who left', async () => {
	const { live, next } = await phone([station(1, 1), station(2, 2)]);
	next({ removed: ['bike-toulouse-1'] });
	await live.refresh();
	expect([...live.places.keys()]).toEqual(['bike-toulouse-2']);
	next({ whole: true, features: [station(3, 3)] });
	await live.refresh();
	expect([...live.places.keys()]).toEqual(['bike-toulouse-3']);
	await live.stop();
});

test('what a cell said survives a snapshot made before it', async () => {
	const { live, next, frame } = await phone([station(1, 7)]);
	frame('spc00b', { 'bike-toulouse-1': [s(T) + 5, 3] });
	next({ whole: true, features: [station(1, 7)] });
	await live.refresh();
	expect(live.place('bike-toulouse-1')?.values['availableBikeNumber']).toBe(3);
	await live.stop();
});

test('ages are counted by the server’s clock where the phone’s is wrong', async () => {
	vi.setSystemTime(T + 3_600_000);
	const { live, frame } = await phone([station(1, 7)]);
	frame('spc00b', { 'bike-toulouse-1': [s(T) + 5, 3] });
	expect(live.clock.now).toBeGreaterThanOrEqual(T + 9_000);
	expect(live.clock.now).toBeLessThan(T + 12_000);
	await live.stop();
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { geohash } from '../../src/lib/geo.ts';
import { toState, type Entity } from '../../src/lib/layers/entity.ts';
import { register } from '../../src/lib/layers/index.ts';
import { topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import { silent } from '../log.ts';
import { frame, MAX_FRAME_BYTES } from './frame.ts';
import { Frames } from './frames.ts';

const layers = register();
const bike = layers.get('bike');
const parking = layers.get('parking');
if (!bike || !parking) throw new Error('the register lacks a layer');

const t0 = Date.parse('2026-11-22T10:00:00Z');
const capitole: [number, number] = [1.4442, 43.6045];
const entity = (id: string, over: Partial<Entity> = {}): Entity => ({
	id,
	layer: 'bike',
	name: undefined,
	location: capitole,
	address: undefined,
	values: { availableBikeNumber: 7 },
	times: { availableBikeNumber: t0 },
	observed: t0,
	received: t0,
	source: undefined,
	simulated: false,
	quality: 'ok',
	...over
});

test('a frame holds the values in the order of the layer, null where unknown, older ones with their time', () => {
	const one = entity('bike-test-1', {
		values: { availableBikeNumber: 7, freeSlotNumber: 3 },
		times: { availableBikeNumber: t0, freeSlotNumber: t0 - 60_000 }
	});
	expect(JSON.parse(frame(bike, [one], t0))).toEqual({
		t: t0 / 1000,
		e: { 'bike-test-1': [t0 / 1000, 7, [3, t0 / 1000 - 60], null, null, null, null, null] }
	});
});

test('an array is always wrapped, older or not', () => {
	const one = entity('parking-test-1', { values: { status: ['open'] }, times: { status: t0 } });
	expect(JSON.parse(frame(parking, [one], t0))).toMatchObject({
		e: { 'parking-test-1': [t0 / 1000, null, null, null, [['open'], t0 / 1000]] }
	});
});

test('a frame above 48 KiB keeps the freshest and says there are more', () => {
	const many = Array.from({ length: 3_000 }, (_, i) =>
		entity(`bike-test-${i}`, { observed: t0 + i * 1000 })
	);
	const text = frame(bike, many, t0);
	const { e, more } = JSON.parse(text) as { e: Record<string, unknown>; more: boolean };
	expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
	expect(more).toBe(true);
	expect(e['bike-test-2999']).toBeDefined();
	expect(e['bike-test-0']).toBeUndefined();
});

beforeEach(() => void vi.useFakeTimers({ now: t0 }));
afterEach(() => void vi.useRealTimers());

/** Frames on a broker that remembers what was published and delivers `state/` by hand. */
async function start({ active = (): boolean => true } = {}) {
	const sent: { topic: string; payload: string; at: number }[] = [];
	const listeners: ((message: Message) => void)[] = [];
	const broker: Broker = {
		connected: true,
		publish: async (topic, payload) =>
			void sent.push({ topic, payload: String(payload), at: Date.now() }),
		subscribe: async () => {},
		subscribeRetained: async (filter, onMessage) => {
			if (filter.includes('/state/')) listeners.push(onMessage);
		},
		onConnection: () => {},
		close: async () => {}
	};
	const frames = new Frames({ register: layers, broker, clock: Date.now, log: silent, active });
	const stop = new AbortController();
	void frames.run(stop.signal);
	await vi.advanceTimersByTimeAsync(0);
	const deliver = (id: string, over: Partial<Entity> | null) => {
		const payload =
			over === null
				? ''
				: toState(bike as NonNullable<typeof bike>, entity(id, { received: Date.now(), ...over }));
		for (const listener of listeners)
			listener({ topic: topics.state('bike', id), payload: Buffer.from(payload), retained: false });
	};
	const live = () => sent.filter(({ topic }) => topic.includes('/live/'));
	return { frames, deliver, live, stop, sent };
}

test('after a quiet second a change goes out at once; then at most one frame a second', async () => {
	const { deliver, live } = await start();
	for (let i = 0; i < 50; i++) {
		deliver('bike-test-1', { values: { availableBikeNumber: i } });
		await vi.advanceTimersByTimeAsync(100);
	}
	const times = live().map(({ at }) => at - t0);
	expect(times[0]).toBe(0);
	expect(times.length).toBeLessThanOrEqual(6);
	for (let i = 1; i < times.length; i++)
		expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(live().at(-1)?.payload).toContain(',49,');
});

test('a cell takes no more than 1 KiB a second on average', async () => {
	const { deliver, live } = await start();
	for (let round = 0; round < 60; round++) {
		for (let i = 0; i < 100; i++)
			deliver(`bike-test-${i}`, { values: { availableBikeNumber: round } });
		await vi.advanceTimersByTimeAsync(1_000);
	}
	const bytes = live().reduce((sum, { payload }) => sum + payload.length, 0);
	const largest = Math.max(...live().map(({ payload }) => payload.length));
	expect(bytes).toBeLessThanOrEqual(60 * 1024 + largest);
	expect(live().length).toBeGreaterThan(5);
});

test('a cell with entities speaks at least every 60 s, and says once that it is emptied', async () => {
	const { deliver, live } = await start();
	deliver('bike-test-1', {});
	await vi.advanceTimersByTimeAsync(200_000);
	const times = live().map(({ at }) => at);
	for (let i = 1; i < times.length; i++)
		expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeLessThanOrEqual(60_000);
	expect(times.length).toBeGreaterThanOrEqual(4);
	const before = live().length;
	deliver('bike-test-1', null);
	await vi.advanceTimersByTimeAsync(120_000);
	expect(
		live()
			.slice(before)
			.map(({ payload }) => payload)
	).toEqual([expect.stringMatching(/^\{"t":\d+,"e":\{\}\}$/), '']);
});

test('an entity that moves leaves its old cell', async () => {
	const { deliver, live } = await start();
	deliver('bike-test-1', {});
	deliver('bike-test-2', {});
	await vi.advanceTimersByTimeAsync(5_000);
	const away: [number, number] = [1.5, 43.65];
	deliver('bike-test-1', { location: away });
	await vi.advanceTimersByTimeAsync(5_000);
	const last = (hash: string) =>
		live()
			.filter(({ topic }) => topic.endsWith(hash))
			.at(-1)?.payload ?? '';
	expect(last(geohash(capitole))).not.toContain('bike-test-1');
	expect(last(geohash(capitole))).toContain('bike-test-2');
	expect(last(geohash(away))).toContain('bike-test-1');
});

test('a process that stands by publishes nothing, and everything once it is the active one', async () => {
	let active = false;
	const { frames, deliver, live } = await start({ active: () => active });
	deliver('bike-test-1', {});
	await vi.advanceTimersByTimeAsync(120_000);
	expect(live()).toEqual([]);
	active = true;
	frames.activate();
	await vi.advanceTimersByTimeAsync(10);
	expect(live()).toHaveLength(1);
});

test('what comes and goes twenty times a second is told once a second, and an emptied cell never wipes a newer frame', async () => {
	const { deliver, live } = await start();
	for (let i = 0; i < 100; i++) {
		deliver('bike-test-1', i % 2 === 0 ? {} : null);
		await vi.advanceTimersByTimeAsync(50);
	}
	deliver('bike-test-1', {});
	await vi.advanceTimersByTimeAsync(2_000);
	const told = live().filter(({ payload }) => payload !== '');
	expect(told.length).toBeLessThanOrEqual(8);
	expect(live().at(-1)?.payload).toContain('bike-test-1');
});

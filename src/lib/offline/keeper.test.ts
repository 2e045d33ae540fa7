import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bike } from '../layers/bike/layer.ts';
import { Place } from '../live/place.svelte.ts';
import { Keeper } from './keeper.ts';
import type { Batch, Store } from './store.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const meta = {
	cursor: 'c1',
	heard: 1,
	offlineSince: undefined,
	orders: {},
	mqtt: '',
	sources: []
};

/** A phone's memory that can refuse; `opened` and `batches` tell what was asked of it. */
function memory({ refuses = false } = {}) {
	const seen = { refuses, opened: 0, batches: [] as Batch[], saved: 0 };
	const open = async (): Promise<Store> => {
		seen.opened++;
		return {
			load: async () => undefined,
			save: async (batch) => {
				if (seen.refuses) throw new Error('QuotaExceededError');
				seen.batches.push(batch);
			},
			close: () => {}
		};
	};
	const places = [1, 2, 3].map((ref) => new Place(`bike-toulouse-${ref}`, bike));
	const keeper = new Keeper(open, {
		places: () => places,
		meta: () => meta,
		onsaved: () => seen.saved++
	});
	return { seen, keeper, places };
}

test('many changes are one write, and writes are five seconds apart', async () => {
	const { seen, keeper, places } = memory();
	await keeper.load();
	for (let i = 0; i < 90; i++) {
		for (const place of places) keeper.changed(place);
		await vi.advanceTimersByTimeAsync(100);
	}
	expect(seen.batches.length).toBe(1);
	await vi.advanceTimersByTimeAsync(5_000);
	expect(seen.batches.length).toBe(2);
	expect(seen.batches[0]?.put.length).toBe(3);
});

test('a hidden tab writes at once, and nothing twice', async () => {
	const { seen, keeper, places } = memory();
	await keeper.load();
	for (const place of places) keeper.changed(place);
	await keeper.flush();
	await keeper.flush();
	expect(seen.batches.length).toBe(1);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(seen.batches.length).toBe(1);
});

test('a memory deleted under our feet is opened again and written whole', async () => {
	const { seen, keeper, places } = memory();
	await keeper.load();
	const [first] = places;
	if (first) keeper.changed(first);
	seen.refuses = true;
	await keeper.flush();
	seen.refuses = false;
	await vi.advanceTimersByTimeAsync(5_000);
	expect(seen.opened).toBe(2);
	expect(seen.batches).toMatchObject([{ clear: true, meta: { cursor: 'c1' } }]);
	expect(seen.batches[0]?.put.length).toBe(3);
});

test('a memory that goes on refusing is left alone', async () => {
	const { seen, keeper, places } = memory({ refuses: true });
	await keeper.load();
	for (let i = 0; i < 20; i++) {
		for (const place of places) keeper.changed(place);
		await vi.advanceTimersByTimeAsync(5_000);
	}
	expect(seen.opened).toBe(2);
	expect(seen.saved).toBe(0);
});

test('a place that left is forgotten', async () => {
	const { seen, keeper, places } = memory();
	await keeper.load();
	for (const place of places) keeper.changed(place);
	await keeper.flush();
	keeper.removed('bike-toulouse-2');
	await keeper.flush();
	expect(seen.batches[1]).toMatchObject({ put: [], remove: ['bike-toulouse-2'] });
});

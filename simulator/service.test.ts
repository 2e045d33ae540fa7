import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Broker, Message } from '../server/broker/port.ts';
import { silent } from '../server/log.ts';
import { defineLayer, measure } from '../src/lib/layers/define-layer.ts';
import { layers, register } from '../src/lib/layers/index.ts';
import { formatTime } from '../src/lib/time.ts';
import { topics } from '../src/lib/topics.ts';
import { readPack } from './pack.ts';
import { createSimulator, type SimulatorOptions } from './service.ts';

const pack = readPack('toulouse');
const BIKE = { id: 'velo', layer: 'bike' };
const WEATHER = ['w-1', 'w-2'].map((id) => ({ id, layer: 'weather' }));
const STATUS = topics.status('connectors', 'test');

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-11-23T08:00:30Z') }));
afterEach(() => vi.useRealTimers());

/** Keeps raw messages in the order they came and the simulated entities they leave in `state/`. */
function fakeBroker(standing: Record<string, string> = {}) {
	const raw: { topic: string; payload: string; at: number }[] = [];
	const state = new Map(Object.entries(standing));
	const heard: [filter: string, onMessage: (message: Message) => void][] = [];
	const broker = {
		waiting: 0,
		mostWaiting: 0,
		refuse: false,
		async publish(topic, payload) {
			broker.mostWaiting = Math.max(broker.mostWaiting, ++broker.waiting);
			await new Promise((resolve) => setTimeout(resolve, 1));
			broker.waiting--;
			if (broker.refuse) throw new Error('no broker');
			raw.push({ topic, payload: String(payload), at: Date.now() });
			const key = topic.replace('/raw/', '/state/');
			if (payload.length === 0) state.delete(key);
			else state.set(key, String(payload));
		},
		async subscribe(filter, onMessage) {
			heard.push([filter, onMessage]);
		},
		async subscribeRetained(filter, onMessage) {
			const of = filter.replace('+', '');
			for (const [topic, payload] of state)
				if (topic.startsWith(of))
					onMessage({ topic, payload: Buffer.from(payload), retained: true });
		},
		connected: true,
		onConnection() {},
		async close() {}
	} satisfies Broker & Record<string, unknown>;
	/** A connectors service says what its sources do. */
	const say = (sources: object[], extra: object = {}) => {
		const payload = { up: true, t: formatTime(Date.now()), sources, ...extra };
		for (const [, onMessage] of heard)
			onMessage({ topic: STATUS, payload: Buffer.from(JSON.stringify(payload)), retained: false });
	};
	const layersSaid = () => [...new Set(raw.map(({ topic }) => topic.split('/')[3]))].sort();
	return { broker, raw, state, say, layersSaid };
}

function start(options: Partial<SimulatorOptions> & Pick<SimulatorOptions, 'broker'>) {
	const stop = new AbortController();
	const simulator = createSimulator({
		mode: 'auto',
		register: register(),
		sources: [],
		pack,
		log: silent,
		...options
	});
	const running = simulator.run(stop.signal);
	return {
		simulator,
		end: async () => {
			stop.abort();
			await vi.advanceTimersByTimeAsync(100);
			await running;
		}
	};
}

test('without any source every layer is simulated at once, and the first round says so', async () => {
	const { broker, layersSaid, state } = fakeBroker();
	const { simulator, end } = start({ broker });
	let shown = false;
	void simulator.firstRound.then(() => (shown = true));
	await vi.advanceTimersByTimeAsync(0);
	expect(shown).toBe(false);
	await vi.advanceTimersByTimeAsync(200);
	expect(shown).toBe(true);
	expect(layersSaid()).toEqual(['air', 'bike', 'noise', 'parking', 'weather']);
	expect(state.size).toBeGreaterThan(300);
	expect(simulator.simulating().sort()).toEqual(['air', 'bike', 'noise', 'parking', 'weather']);
	await end();
});

test('devices go on reporting, each at its own pace, bounded in flight', async () => {
	const { broker, raw } = fakeBroker();
	const { end } = start({ broker });
	await vi.advanceTimersByTimeAsync(121_000);
	const bike = raw.filter(({ topic }) => topic.endsWith('/bike-sim-1'));
	expect(bike).toHaveLength(3);
	expect(new Set(bike.map(({ payload }) => payload)).size).toBe(3);
	expect(broker.mostWaiting).toBeLessThanOrEqual(400);
	await end();
	const said = raw.length;
	await vi.advanceTimersByTimeAsync(120_000);
	expect(raw).toHaveLength(said);
});

test('off simulates nothing and waits for nothing', async () => {
	const { broker, raw } = fakeBroker();
	const { simulator, end } = start({ broker, mode: 'off' });
	await vi.advanceTimersByTimeAsync(60_000);
	await simulator.firstRound;
	expect(raw).toEqual([]);
	expect(simulator.simulating()).toEqual([]);
	await end();
});

test('on simulates every layer and goes on where a feed answers', async () => {
	const { broker, say, layersSaid, raw } = fakeBroker();
	const { end } = start({ broker, mode: 'on', sources: [BIKE, ...WEATHER] });
	await vi.advanceTimersByTimeAsync(200);
	expect(layersSaid()).toEqual(['air', 'bike', 'noise', 'parking', 'weather']);
	say([{ ...BIKE, ok: true }]);
	await vi.advanceTimersByTimeAsync(5_000);
	expect(raw.filter(({ payload }) => payload === '')).toEqual([]);
	await end();
});

test('a layer with a source waits three seconds for its answer', async () => {
	const { broker, layersSaid } = fakeBroker();
	const { simulator, end } = start({ broker, sources: [BIKE] });
	await vi.advanceTimersByTimeAsync(2_900);
	await simulator.firstRound;
	expect(layersSaid()).toEqual(['air', 'noise', 'parking', 'weather']);
	await vi.advanceTimersByTimeAsync(300);
	expect(layersSaid()).toContain('bike');
	await end();
});

test('a layer is simulated as soon as each of its sources has failed, not before', async () => {
	const { broker, say, layersSaid } = fakeBroker();
	const { end } = start({ broker, sources: [BIKE, ...WEATHER] });
	await vi.advanceTimersByTimeAsync(100);
	say([{ ...WEATHER[0], ok: false }, { ...WEATHER[1] }]);
	await vi.advanceTimersByTimeAsync(100);
	expect(layersSaid()).not.toContain('weather');
	say([{ ...WEATHER[1], ok: false }]);
	await vi.advanceTimersByTimeAsync(100);
	expect(layersSaid()).toContain('weather');
	expect(layersSaid()).not.toContain('bike');
	await end();
});

test('a layer whose source answers in time is never simulated, even when it fails later', async () => {
	const { broker, say, layersSaid } = fakeBroker();
	const { end } = start({ broker, sources: [BIKE] });
	await vi.advanceTimersByTimeAsync(1_000);
	say([{ ...BIKE, ok: true, lastSuccess: formatTime(Date.now()) }]);
	await vi.advanceTimersByTimeAsync(5_000);
	say([{ ...BIKE, ok: false, lastSuccess: formatTime(Date.now() - 60_000) }]);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(layersSaid()).not.toContain('bike');
	await end();
});

test('at the first real answer the simulated entities go, those of a former run too, and stay away', async () => {
	const former = 'capitoul/v1/state/bike/bike-sim-9999';
	const feed = 'capitoul/v1/state/bike/bike-toulouse-55';
	const { broker, say, state, raw } = fakeBroker({ [former]: '{"a":1}', [feed]: '{"b":2}' });
	const { simulator, end } = start({ broker, sources: [BIKE] });
	await vi.advanceTimersByTimeAsync(10_000);
	expect(simulator.simulating()).toContain('bike');
	say([{ ...BIKE, ok: true }]);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(simulator.simulating()).not.toContain('bike');
	expect([...state.keys()].filter((topic) => topic.includes('/bike/'))).toEqual([feed]);
	const said = raw.length;
	say([{ ...BIKE, ok: false, lastSuccess: formatTime(Date.now()) }]);
	await vi.advanceTimersByTimeAsync(120_000);
	expect(raw.slice(said).filter(({ topic }) => topic.includes('/bike/'))).toEqual([]);
	expect(raw.slice(said).some(({ topic }) => topic.includes('/parking/'))).toBe(true);
	await end();
});

test('what a connectors service of a former run left retained says nothing', async () => {
	const { broker, say, layersSaid } = fakeBroker();
	const { end } = start({ broker, sources: [BIKE] });
	await vi.advanceTimersByTimeAsync(100);
	say([{ ...BIKE, ok: true }], { t: formatTime(Date.now() - 60_000) });
	say([{ ...BIKE, ok: true }], { up: false });
	await vi.advanceTimersByTimeAsync(4_000);
	expect(layersSaid()).toContain('bike');
	await end();
});

test('a status that is not one harms nothing', async () => {
	const { broker, say, layersSaid } = fakeBroker();
	const { end } = start({ broker, sources: [BIKE] });
	await vi.advanceTimersByTimeAsync(100);
	say([], { sources: 'none' });
	say([], { sources: [null, { id: 1 }] });
	await vi.advanceTimersByTimeAsync(4_000);
	expect(layersSaid()).toContain('bike');
	await end();
});

test('a broker that takes nothing for a while gets the first round once it is back', async () => {
	const { broker, layersSaid } = fakeBroker();
	broker.refuse = true;
	const { simulator, end } = start({ broker });
	let shown = false;
	void simulator.firstRound.then(() => (shown = true));
	await vi.advanceTimersByTimeAsync(5_000);
	expect(shown).toBe(false);
	broker.refuse = false;
	await vi.advanceTimersByTimeAsync(1_000);
	expect(shown).toBe(true);
	expect(layersSaid()).toEqual(['air', 'bike', 'noise', 'parking', 'weather']);
	await end();
});

test('a layer the models do not know is left alone', async () => {
	const label = { fr: 'Niveau', en: 'Level' };
	const river = defineLayer({
		id: 'river',
		type: 'WaterObserved',
		title: label,
		entity: label,
		icon: 'waves',
		freshSeconds: 3_600,
		attributes: {
			height: measure({ label, unit: 'm', unitCode: 'MTR', min: -5, max: 20, resolution: 0.01 })
		}
	});
	const { broker, layersSaid } = fakeBroker();
	const { end } = start({ broker, register: register([...layers, river]) });
	await vi.advanceTimersByTimeAsync(5_000);
	expect(layersSaid()).toEqual(['air', 'bike', 'noise', 'parking', 'weather']);
	await end();
});

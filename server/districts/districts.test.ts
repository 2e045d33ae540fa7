import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { latestFigure, readFigures } from '../../src/lib/districts/figures.ts';
import { toState, type Entity } from '../../src/lib/layers/entity.ts';
import { register } from '../../src/lib/layers/index.ts';
import { formatTime } from '../../src/lib/time.ts';
import { PREFIX, topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import type { HistoryStore, Reading } from '../history/store.ts';
import { silent } from '../log.ts';
import { Districts } from './districts.ts';
import { DistrictMap } from './map.ts';

const layers = register();
const NOW = Date.parse('2026-11-25T08:00:00Z');
const MINUTE = 60_000;
const CAPITOLE: [number, number] = [1.4442, 43.6045];
const ORPHAN = topics.district('noise', 'quartier-19');
const TOPIC = topics.district('noise', 'quartier-1');

let stop: AbortController;
let handlers: Map<string, (message: Message) => void>;
let published: { topic: string; payload: string; at: number }[];
let past: Reading[];
let active: boolean;

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	stop = new AbortController();
	handlers = new Map();
	published = [];
	past = [];
	active = true;
});
afterEach(() => {
	stop.abort();
	vi.useRealTimers();
});

async function start(): Promise<Districts> {
	const listen = (filter: string, onMessage: (message: Message) => void) => {
		handlers.set(filter, onMessage);
		return Promise.resolve();
	};
	const broker: Pick<Broker, 'publish' | 'subscribe' | 'subscribeRetained'> = {
		publish: (topic, payload) => {
			published.push({ topic, payload: String(payload), at: Date.now() });
			return Promise.resolve();
		},
		subscribe: listen,
		subscribeRetained: (filter, onMessage) => {
			if (filter === `${PREFIX}/district/+/+`)
				onMessage({ topic: ORPHAN, payload: Buffer.from('{}'), retained: true });
			return listen(filter, onMessage);
		}
	};
	const history: Pick<HistoryStore, 'export'> = {
		async *export(layer, from, to) {
			yield await Promise.resolve(past.filter((r) => r.layer === layer && r.t >= from && r.t < to));
		}
	};
	const districts = new Districts({
		register: layers,
		broker: broker as Broker,
		history,
		map: new DistrictMap({ city: 'toulouse', dataDir: '/nowhere', clock: Date.now, log: silent }),
		clock: Date.now,
		log: silent,
		active: () => active
	});
	void districts.run(stop.signal);
	await vi.advanceTimersByTimeAsync(0);
	return districts;
}

const tell = (filter: string, topic: string, payload: string) =>
	handlers.get(`${PREFIX}/${filter}`)?.({ topic, payload: Buffer.from(payload), retained: false });

function state(id: string, over: Partial<Entity> = {}): void {
	const layer = layers.get('noise');
	if (!layer) throw new Error('no layer noise');
	const entity: Entity = {
		id,
		layer: 'noise',
		name: undefined,
		location: CAPITOLE,
		address: undefined,
		values: {},
		times: {},
		observed: NOW,
		received: Date.now(),
		source: undefined,
		simulated: false,
		quality: 'ok',
		...over
	};
	tell('state/#', topics.state('noise', id), toState(layer, entity));
}

const raw = (id: string, t: number, LAeq: number) =>
	tell('raw/+/+', topics.raw('noise', id), JSON.stringify({ dateObserved: formatTime(t), LAeq }));

const last = () =>
	readFigures(published.filter(({ topic }) => topic === TOPIC).at(-1)?.payload ?? '');

test('late, repeated and disordered readings count once each, in the windows that hold their time', async () => {
	await start();
	state('noise-test-1');
	state('noise-test-2');
	raw('noise-test-1', NOW - MINUTE, 60);
	raw('noise-test-1', NOW - 20 * MINUTE, 50);
	raw('noise-test-1', NOW - MINUTE, 60);
	raw('noise-test-1', NOW - 5 * MINUTE, 64);
	raw('noise-test-1', NOW - 61 * MINUTE, 90);
	await vi.advanceTimersByTimeAsync(1_100);
	expect(last()).toMatchObject({
		windows: {
			PT15M: { n: 1, coverage: 0.5, values: { LAeq: { n: 2, mean: 62, min: 60, max: 64 } } },
			PT1H: { n: 1, values: { LAeq: { n: 3, mean: 58, median: 60 } } }
		}
	});
	expect(latestFigure(last(), 'LAeq')).toMatchObject({ window: 'PT15M', sensors: 1 });
	expect(latestFigure(last(), 'LAmax')).toBeUndefined();
});

test('figures go out on change, at most once a minute; those that stay the same do not', async () => {
	await start();
	state('noise-test-1');
	for (let i = 0; i < 120; i++) {
		raw('noise-test-1', Date.now(), 50 + (i % 10));
		await vi.advanceTimersByTimeAsync(1_000);
	}
	const sent = published.filter(({ topic }) => topic === TOPIC);
	expect(sent).toHaveLength(2); // after 1 s and after 61 s
	expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(MINUTE);
	// Nothing new: what leaves the windows is told, then silence.
	await vi.advanceTimersByTimeAsync(120 * MINUTE);
	const after = published.length;
	expect(last()).toMatchObject({ windows: { PT15M: { n: 0 }, PT1H: { n: 0, values: {} } } });
	await vi.advanceTimersByTimeAsync(30 * MINUTE);
	expect(published).toHaveLength(after);
});

test('a clock ahead, a refused message and a second source count nowhere; simulated is said', async () => {
	await start();
	state('noise-test-1', { source: 'mairie' });
	tell(
		'raw/+/+',
		topics.raw('noise', 'noise-test-1'),
		JSON.stringify({ dateObserved: formatTime(NOW), LAeq: 70, source: 'autre' })
	);
	raw('noise-test-1', NOW + 6 * MINUTE, 100);
	raw('noise-test-1', NOW, 900);
	raw('noise-test-1', NOW, 55);
	state('noise-sim-2', { simulated: true });
	await vi.advanceTimersByTimeAsync(1_100);
	expect(last()).toMatchObject({
		simulated: true,
		windows: { PT15M: { n: 1, coverage: 0.5, values: { LAeq: { n: 1, mean: 55 } } } }
	});
});

test('after a restart the last hour is read back from history', async () => {
	past = [1, 2, 3].map((minutes) => ({
		entity: 'noise-test-1',
		layer: 'noise',
		attribute: 'LAeq',
		t: NOW - minutes * MINUTE,
		v: 50 + minutes
	}));
	await start();
	state('noise-test-1');
	await vi.advanceTimersByTimeAsync(1_100);
	expect(last()?.windows.PT15M.values['LAeq']).toMatchObject({ n: 3, mean: 52 });
});

test('figures of a former run that nobody stands behind are cleared, by one that stood by once it takes over', async () => {
	active = false;
	const districts = await start();
	expect(published).toEqual([]);
	active = true;
	districts.activate();
	expect(published).toMatchObject([{ topic: ORPHAN, payload: '' }]);
});

test('the last sensor of a district gone, its figures are cleared; one that stands by says nothing', async () => {
	const districts = await start();
	state('noise-test-1');
	raw('noise-test-1', NOW, 60);
	await vi.advanceTimersByTimeAsync(1_100);
	active = false;
	tell('state/#', topics.state('noise', 'noise-test-1'), '');
	await vi.advanceTimersByTimeAsync(2 * MINUTE);
	expect(published.at(-1)?.payload).not.toBe('');
	active = true;
	districts.activate();
	await vi.advanceTimersByTimeAsync(2 * MINUTE);
	expect(published.at(-1)).toMatchObject({ topic: TOPIC, payload: '' });
});

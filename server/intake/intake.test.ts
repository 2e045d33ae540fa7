import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { count, defineLayer, type Layer } from '../../src/lib/layers/define-layer.ts';
import { layers, register } from '../../src/lib/layers/index.ts';
import type { Broker } from '../broker/port.ts';
import type { SimulatorMode } from '../config.ts';
import { silent } from '../log.ts';
import { Intake } from './intake.ts';
import type { Reading } from '../history/store.ts';
import { Journal } from './journal.ts';

const at = (minute: number, hour = 10) => Date.UTC(2026, 10, 22, hour, minute);
const iso = (ms: number) => new Date(ms).toISOString();
const open: Journal[] = [];
afterEach(() => {
	for (const journal of open.splice(0)) journal.close();
});

/** An intake on a real file, with a broker that only remembers. */
function start({
	file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'intake-')), 'history.db'),
	mode = 'auto',
	all = layers
}: { file?: string; mode?: SimulatorMode; all?: readonly Layer[] } = {}) {
	const time = { now: at(0) };
	const staged: Reading[] = [];
	const journal = new Journal({
		file,
		clock: () => time.now,
		log: silent,
		stage: (readings) => staged.push(...readings)
	});
	open.push(journal);
	const intake = new Intake({
		register: register(all),
		journal,
		clock: () => time.now,
		log: silent,
		simulator: mode
	});
	const retained = new Map<string, string>();
	const dead: { topic: string; code: string; payload: string }[] = [];
	const broker: Broker = {
		connected: true,
		publish: async (topic, payload, options) => {
			if (topic.includes('/dead/')) dead.push(JSON.parse(String(payload)) as (typeof dead)[number]);
			if (options?.retain) retained.set(topic, String(payload));
		},
		subscribe: async () => {},
		subscribeRetained: async () => {},
		onConnection: () => {},
		close: async () => {}
	};
	const raw = (id: string, body: unknown) =>
		intake.accept(
			`capitoul/v1/raw/${id.split('-')[0]}/${id}`,
			Buffer.from(body === '' ? '' : JSON.stringify(body))
		);
	const state = (id: string) => {
		const text = retained.get(`capitoul/v1/state/${id.split('-')[0]}/${id}`);
		return text === undefined || text === '' ? text : (JSON.parse(text) as Record<string, unknown>);
	};
	return { file, time, journal, intake, broker, retained, staged, dead, raw, state };
}

test('a patch keeps what it does not name, with its own time', async () => {
	const { intake, broker, raw, state } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', {
		dateObserved: iso(at(0)),
		availableBikeNumber: 7,
		freeSlotNumber: 3,
		name: 'Capitole',
		location: { type: 'Point', coordinates: [1.44, 43.6] }
	});
	await raw('bike-test-1', { dateObserved: iso(at(1)), availableBikeNumber: 6 });
	expect(state('bike-test-1')).toMatchObject({
		id: 'urn:ngsi-ld:BikeHireDockingStation:bike-test-1',
		type: 'BikeHireDockingStation',
		availableBikeNumber: 6,
		freeSlotNumber: 3,
		dateObserved: '2026-11-22T10:01:00Z',
		observedAt: { freeSlotNumber: '2026-11-22T10:00:00Z' },
		simulated: false,
		quality: 'ok',
		name: 'Capitole'
	});
});

test('any order and any repetition of the same messages end in the same state', async () => {
	const messages = [
		{ dateObserved: iso(at(1)), availableBikeNumber: 1, freeSlotNumber: 9 },
		{ dateObserved: iso(at(2)), availableBikeNumber: 2 },
		{ dateObserved: iso(at(3)), freeSlotNumber: null, name: 'Trois' },
		{ dateObserved: iso(at(4)), availableElectricBikeNumber: 4 }
	];
	const indexes = fc.array(fc.nat(messages.length - 1), { maxLength: 8 });
	await fc.assert(
		fc.asyncProperty(
			fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
			indexes,
			async (order, again) => {
				const { intake, broker, raw, state, time } = start();
				await intake.attach(broker, { shared: false });
				time.now = at(5);
				for (const i of [...order, ...again]) await raw('bike-test-1', messages[i]);
				expect(state('bike-test-1')).toEqual({
					id: 'urn:ngsi-ld:BikeHireDockingStation:bike-test-1',
					type: 'BikeHireDockingStation',
					name: 'Trois',
					availableBikeNumber: 2,
					freeSlotNumber: null,
					availableElectricBikeNumber: 4,
					dateObserved: '2026-11-22T10:04:00Z',
					receivedAt: '2026-11-22T10:05:00Z',
					simulated: false,
					quality: 'ok',
					observedAt: {
						availableBikeNumber: '2026-11-22T10:02:00Z',
						freeSlotNumber: '2026-11-22T10:03:00Z'
					}
				});
			}
		),
		{ numRuns: 25 }
	);
});

test('a clock ahead is flagged and takes the server’s time; the next right message clears it', async () => {
	const { intake, broker, raw, state, time } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0, 18)), availableBikeNumber: 5 });
	expect(state('bike-test-1')).toMatchObject({
		quality: 'clock',
		dateObserved: '2026-11-22T10:00:00Z'
	});
	expect(intake.counters.clock).toBe(1);
	time.now = at(1);
	await raw('bike-test-1', { dateObserved: iso(at(1)), availableBikeNumber: 4 });
	expect(state('bike-test-1')).toMatchObject({ quality: 'ok', availableBikeNumber: 4 });
});

test('what a wrong clock says enters no history: its time would be an invention', async () => {
	const { raw, staged } = start();
	await raw('bike-test-1', { dateObserved: iso(at(0, 18)), availableBikeNumber: 5 });
	expect(staged).toEqual([]);
	await raw('bike-test-1', { dateObserved: iso(at(1)), availableBikeNumber: 4 });
	expect(staged).toMatchObject([{ attribute: 'availableBikeNumber', t: at(1), v: 4 }]);
});

test('what cannot be read goes to dead/ and changes nothing', async () => {
	const { intake, broker, raw, state, dead } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 'sept' });
	expect(state('bike-test-1')).toBeUndefined();
	expect(dead).toMatchObject([
		{ topic: 'capitoul/v1/raw/bike/bike-test-1', code: 'attribute_invalid' }
	]);
	expect(intake.counters.refused).toEqual({ attribute_invalid: 1 });
});

test('a dead letter holds at most 2 KiB of its message and never half a character', async () => {
	const { intake, broker, dead } = start();
	await intake.attach(broker, { shared: false });
	for (const payload of [
		Buffer.from(`{"a":"${'é'.repeat(3_000)}`), // 2,048 bytes end within an é
		Buffer.from('🚲'.repeat(1_000).slice(1)),
		Buffer.alloc(4_000, 0xff), // not UTF-8: three bytes of U+FFFD for each of its own
		Buffer.from('short')
	])
		await intake.accept('capitoul/v1/raw/bike/bike-test-1', payload);
	expect(dead.map(({ payload }) => Buffer.byteLength(payload) <= 2_048)).toEqual(
		dead.map(() => true)
	);
	expect(dead[0]?.payload).toMatch(/^\{"a":"é+$/);
	expect(dead.map(({ payload }) => payload.length > 600)).toEqual([true, true, true, false]);
	expect(dead[3]?.payload).toBe('short');
});

test('a second source of one id is refused until the first has been silent for its values to be dead', async () => {
	const { intake, broker, raw, state, dead, time } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1, source: 'a' });
	await raw('bike-test-1', { dateObserved: iso(at(1)), availableBikeNumber: 2, source: 'b' });
	expect(dead).toMatchObject([{ code: 'id_collision' }]);
	expect(state('bike-test-1')).toMatchObject({ availableBikeNumber: 1, source: 'a' });
	time.now = at(31);
	await raw('bike-test-1', { dateObserved: iso(at(31)), availableBikeNumber: 3, source: 'b' });
	expect(state('bike-test-1')).toMatchObject({ availableBikeNumber: 3, source: 'b' });
});

test('an empty payload removes the entity, also from the next start', async () => {
	const { intake, broker, raw, state, file, journal } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1 });
	await raw('bike-test-1', '');
	expect(state('bike-test-1')).toBe('');
	journal.close();
	open.length = 0;
	expect([...start({ file }).intake.retained()]).toEqual([]);
});

test('after a kill, state is rebuilt as it was acknowledged: values, times, name, place', async () => {
	const { intake, broker, raw, retained, file } = start();
	await intake.attach(broker, { shared: false });
	for (let i = 0; i < 50; i++)
		await raw(`bike-test-${i}`, {
			dateObserved: iso(at(0) + i),
			availableBikeNumber: i,
			name: `Station ${i}`,
			location: { type: 'Point', coordinates: [1.4 + i / 1000, 43.6] }
		});
	// The first journal is not closed: what counts is what had been committed when `accept` resolved.
	const rebuilt = new Map(
		[...start({ file }).intake.retained()].map(({ topic, payload }) => [topic, payload])
	);
	expect(rebuilt).toEqual(retained);
});

test('a message is done only once its change is on the disk', async () => {
	const { intake, broker, raw, journal } = start();
	await intake.attach(broker, { shared: false });
	const commits = journal.commits;
	const done = vi.fn();
	const accepted = raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1 }).then(
		done
	);
	await Promise.resolve();
	expect(done).not.toHaveBeenCalled();
	await accepted;
	expect(journal.commits).toBe(commits + 1);
});

test('many messages share one commit', async () => {
	const { raw, journal } = start();
	await Promise.all(
		Array.from({ length: 200 }, (_, i) =>
			raw(`bike-test-${i}`, { dateObserved: iso(at(0)), availableBikeNumber: 1 })
		)
	);
	expect(journal.commits).toBe(1);
});

test('what could not be written is not acknowledged and not shown, and the next message is', async () => {
	const { intake, broker, raw, state, journal } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1 });
	journal.db.exec('PRAGMA max_page_count = 1'); // no room for another page: a full disk
	journal.db.exec('PRAGMA cache_size = 1');
	const big = 'x'.repeat(190);
	const results = await Promise.allSettled(
		Array.from({ length: 200 }, (_, i) =>
			raw(`bike-full-${i}`, {
				dateObserved: iso(at(1)),
				availableBikeNumber: 2,
				name: big,
				address: big
			})
		)
	);
	expect(results.every(({ status }) => status === 'rejected')).toBe(true);
	expect(journal.failing).toMatch(/full/);
	expect(intake.size).toBe(1);
	expect(state('bike-full-0')).toBeUndefined();
	journal.db.exec('PRAGMA max_page_count = 1000000');
	await raw('bike-full-0', { dateObserved: iso(at(2)), availableBikeNumber: 3 });
	expect(journal.failing).toBeUndefined();
	expect(state('bike-full-0')).toMatchObject({ availableBikeNumber: 3 });
});

test('jumps of the sequence are counted as gaps; a restart and a repeat are not', async () => {
	const { intake, raw } = start();
	for (const [minute, sequence] of [
		[0, 1],
		[1, 2],
		[2, 5],
		[2, 5],
		[3, 0],
		[4, 1],
		[5, 2]
	] as const)
		await raw('bike-test-1', { dateObserved: iso(at(minute)), availableBikeNumber: 1, sequence });
	expect(intake.gaps.get('bike')).toBe(2);
});

test('a gap is told in the state and kept by an intake that knows no more than that state', async () => {
	const { intake, broker, raw, retained } = start();
	await intake.attach(broker, { shared: false });
	const message = { dateObserved: iso(at(0)), availableBikeNumber: 1 };
	await raw('bike-test-1', { ...message, sequence: 1 });
	expect([...retained.values()].join()).not.toContain('gaps');
	await raw('bike-test-1', { ...message, sequence: 5 });
	await vi.waitFor(() => expect([...retained.values()].join()).toContain('"gaps":3'));
	const other = start();
	other.broker.subscribeRetained = async (_filter, onMessage) => {
		for (const [topic, text] of retained)
			onMessage({ topic, payload: Buffer.from(text), retained: true });
	};
	await other.intake.attach(other.broker, { shared: true });
	expect(other.intake.gaps.get('bike')).toBe(3);
});

test('of several messages of one device that could not be written, none is shown', async () => {
	const { intake, broker, raw, state, journal } = start();
	await intake.attach(broker, { shared: false });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1, sequence: 1 });
	journal.db.exec('PRAGMA query_only = 1'); // nothing can be written
	const results = await Promise.allSettled(
		[2, 3].map((sequence) =>
			raw('bike-test-1', {
				dateObserved: iso(at(sequence)),
				availableBikeNumber: 10 * sequence,
				sequence
			})
		)
	);
	expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	journal.db.exec('PRAGMA query_only = 0');
	await raw('bike-test-1', { dateObserved: iso(at(4)), freeSlotNumber: 5, sequence: 4 });
	await vi.waitFor(() => expect(state('bike-test-1')).toHaveProperty('freeSlotNumber', 5));
	expect(state('bike-test-1')).toMatchObject({ availableBikeNumber: 1, gaps: 2 });
});

test('simulated entities are removed at the start once the simulator is off', async () => {
	const { raw, file, journal } = start();
	await raw('bike-sim-1', { dateObserved: iso(at(0)), availableBikeNumber: 1 });
	await raw('bike-test-1', { dateObserved: iso(at(0)), availableBikeNumber: 1 });
	journal.close();
	open.length = 0;
	const off = start({ file, mode: 'off' });
	await off.intake.attach(off.broker, { shared: false });
	expect(off.intake.size).toBe(1);
	expect(off.state('bike-sim-1')).toBe('');
});

test('a fifth layer is a definition and a place in the list', async () => {
	const lamps = defineLayer({
		id: 'lamps',
		type: 'Streetlight',
		title: { fr: 'Lampadaires', en: 'Street lights' },
		entity: { fr: 'Lampadaire', en: 'Street light' },
		icon: 'lamp',
		freshSeconds: 60,
		attributes: { lit: count({ label: { fr: 'Allumés', en: 'Lit' }, max: 1 }) }
	});
	const { intake, broker, raw, state } = start({ all: [...layers, lamps] });
	await intake.attach(broker, { shared: false });
	await raw('lamps-test-1', { dateObserved: iso(at(0)), lit: 1 });
	expect(state('lamps-test-1')).toMatchObject({ type: 'Streetlight', lit: 1 });
});

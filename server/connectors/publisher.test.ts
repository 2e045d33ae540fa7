import { beforeEach, expect, test } from 'vitest';
import { bike } from '../../src/lib/layers/bike/layer.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { Message } from '../broker/port.ts';
import { silent } from '../log.ts';
import { sourceOf } from './fixtures/fixture.ts';
import { Publisher } from './publisher.ts';

const MINUTE = 60_000;
const start = Date.parse('2026-03-10T10:00:00Z');
let now = start;
let sent: { topic: string; payload: string; qos: number | undefined }[] = [];
let retained: Message[] = [];
let refuse = false;
let inFlight = 0;
let mostInFlight = 0;

const broker = {
	async publish(topic: string, payload: string | Buffer, options?: { qos?: 0 | 1 }) {
		mostInFlight = Math.max(mostInFlight, ++inFlight);
		await new Promise((resolve) => setImmediate(resolve));
		inFlight--;
		if (refuse) throw new Error('no broker');
		sent.push({ topic, payload: String(payload), qos: options?.qos });
	},
	async subscribeRetained(_filter: string, onMessage: (message: Message) => void) {
		retained.forEach(onMessage);
	}
};
const publisher = () =>
	new Publisher({ source: sourceOf(), layer: bike, broker, clock: () => now, log: silent });
const record = (ref: number, bikes: number, observed = start) => ({
	id: `bike-essai-${ref}`,
	patch: { dateObserved: formatTime(observed), source: 'essai', availableBikeNumber: bikes }
});
const full = (...records: ReturnType<typeof record>[]) => ({ records, bad: [], full: true });
const raw = (id: string) => `capitoul/v1/raw/bike/${id}`;

beforeEach(() => {
	now = start;
	sent = [];
	retained = [];
	refuse = false;
	mostInFlight = 0;
});

test('a record goes out whole, at QoS 1, when its value or its time alone changed, and not otherwise', async () => {
	const out = publisher();
	await out.publish(full(record(1, 5), record(2, 3)));
	await out.publish(full(record(1, 5), record(2, 3)));
	expect(sent).toHaveLength(2);
	expect(sent[0]).toEqual({
		topic: raw('bike-essai-1'),
		payload: JSON.stringify(record(1, 5).patch),
		qos: 1
	});
	await out.publish(full(record(1, 5, start + MINUTE), record(2, 3)));
	expect(sent.slice(2).map(({ topic }) => topic)).toEqual([raw('bike-essai-1')]);
});

test('an unchanged record is said again after an hour', async () => {
	const out = publisher();
	await out.publish(full(record(1, 5)));
	now += 59 * MINUTE;
	await out.publish(full(record(1, 5)));
	expect(sent).toHaveLength(1);
	now += MINUTE;
	await out.publish(full(record(1, 5)));
	expect(sent).toHaveLength(2);
});

test('what the broker did not take goes out with the next round', async () => {
	const out = publisher();
	refuse = true;
	await expect(out.publish(full(record(1, 5)))).rejects.toThrow('no broker');
	refuse = false;
	await out.publish(full(record(1, 5)));
	expect(sent).toHaveLength(1);
});

test('never more than 32 messages wait for their acknowledgement', async () => {
	await publisher().publish(full(...Array.from({ length: 400 }, (_, i) => record(i, 1))));
	expect(sent).toHaveLength(400);
	expect(mostInFlight).toBe(32);
});

test('an entity is removed after three full answers without it, and only once it is dead', async () => {
	const out = publisher();
	await out.publish(full(record(1, 5), record(2, 3)));
	const without = () => out.publish(full(record(1, 5)));
	for (let i = 0; i < 5; i++) await without();
	expect(sent).toHaveLength(2); // absent, but what it last said is still fresh
	now += 31 * MINUTE; // three times ten minutes
	await without();
	expect(sent.slice(2)).toEqual([{ topic: raw('bike-essai-2'), payload: '', qos: 1 }]);
	await without();
	expect(sent).toHaveLength(3);
});

test('a long dead entity is still there until the third answer without it; a partial answer does not count', async () => {
	const out = publisher();
	const old = record(2, 3, start - 86_400_000);
	await out.publish(full(old, record(1, 5)));
	const absent = full(record(1, 5));
	await out.publish({ ...absent, full: false });
	await out.publish(absent);
	await out.publish(absent);
	expect(sent).toHaveLength(2);
	await out.publish(full(old, record(1, 5))); // seen again: the count starts anew
	for (let i = 0; i < 2; i++) await out.publish(absent);
	expect(sent).toHaveLength(2);
	await out.publish(absent);
	expect(sent.at(-1)?.payload).toBe('');
});

test("an entity of an earlier run that has gone from its source is removed too; another source's is not", async () => {
	const state = (id: string, source: string) => ({
		topic: `capitoul/v1/state/bike/${id}`,
		payload: Buffer.from(
			JSON.stringify({ source, dateObserved: '2024-01-01T00:00:00Z', availableBikeNumber: 1 })
		),
		retained: true
	});
	retained = [state('bike-essai-9', 'essai'), state('bike-autre-9', 'autre')];
	const out = publisher();
	await out.recall();
	for (let i = 0; i < 3; i++) await out.publish(full(record(1, 5)));
	expect(sent.filter(({ payload }) => payload === '')).toEqual([
		{ topic: raw('bike-essai-9'), payload: '', qos: 1 }
	]);
});

test('a bad record is one dead letter, said again only after an hour, and its entity is not taken for gone', async () => {
	const out = publisher();
	const bad = [
		{
			ref: '7',
			code: 'attribute_invalid' as const,
			detail: 'bikes: -1',
			record: { number: 7, text: 'é'.repeat(3_000) }
		}
	];
	const old = record(7, 1, start - 86_400_000);
	await out.publish(full(old, record(1, 5)));
	for (let i = 0; i < 4; i++) await out.publish({ ...full(record(1, 5)), bad });
	const letters = sent.filter(({ topic }) => topic === 'capitoul/v1/dead/bike');
	expect(letters).toHaveLength(1);
	const letter = JSON.parse(letters[0]?.payload ?? '') as Record<string, string>;
	expect(letter).toMatchObject({
		topic: raw('bike-essai-7'),
		code: 'attribute_invalid',
		reason: 'bikes: -1'
	});
	expect(Buffer.byteLength(letter['payload'] ?? '')).toBeLessThanOrEqual(2_048);
	expect(sent.some(({ payload }) => payload === '')).toBe(false);
	now += 60 * MINUTE;
	await out.publish({ ...full(record(1, 5)), bad });
	expect(sent.filter(({ topic }) => topic === 'capitoul/v1/dead/bike')).toHaveLength(2);
});

test('a value out of its range costs its record: it would be refused further on anyway', async () => {
	const read = await publisher().publish(full(record(1, 5), record(2, 99_999)));
	expect(read).toBe(1);
	expect(sent.map(({ topic }) => topic)).toEqual([raw('bike-essai-1'), 'capitoul/v1/dead/bike']);
});

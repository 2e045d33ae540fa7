import { expect, test } from 'vitest';
import type { Asked } from './ask.ts';
import { readLate } from './ask.ts';
import { PlaceHistory, type Choice, type HistoryPorts } from './place-history.svelte.ts';
import type { KeptCurve } from '../offline/shelf.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const columns = (...mean: (number | null)[]) => ({
	t0: '2026-11-21T23:00:00Z',
	step: 900,
	mean,
	min: mean,
	max: mean,
	n: mean.map((value) => (value === null ? 0 : 1))
});
const choice: Choice = {
	id: 'bike-test-1',
	attribute: 'freeSlotNumber',
	span: 'week',
	slow: false
};
const day: Choice = { ...choice, span: 'day' };

/** A server whose next answers the test gives, and a phone's memory. */
function fake() {
	const shelf = new Map<string, KeptCurve>();
	const answers: PromiseWithResolvers<Asked>[] = [];
	const ports: HistoryPorts = {
		curve: () => {
			const answer = Promise.withResolvers<Asked>();
			answers.push(answer);
			return answer.promise;
		},
		week: async () => ({ ok: false, why: 'network' }),
		late: async () => undefined,
		kept: async (key) => shelf.get(key),
		keep: async (kept) => void shelf.set(kept.key, kept)
	};
	return { ports, shelf, answers, history: new PlaceHistory(() => NOW, ports) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('what was kept stands until the server answers, and its answer is kept', async () => {
	const { history, shelf, answers } = fake();
	const key = 'bike-test-1 freeSlotNumber week';
	shelf.set(key, { key, savedAt: 5, curve: columns(1), week: undefined });
	const shown = history.choose(choice);
	expect(history.lack).toBe('loading');
	await turn();
	expect(history.curve?.mean).toEqual([1]);
	expect(history.savedAt).toBe(5);
	answers[0]?.resolve({ ok: true, json: columns(1, 2), at: NOW - 9_000 });
	await shown;
	expect(history.curve?.mean).toEqual([1, 2]);
	expect(history.stale).toBe(false);
	expect(shelf.get(key)).toMatchObject({ savedAt: NOW - 9_000, curve: columns(1, 2) });
});

test('with no network, what was kept stays with its age; what was not says so', async () => {
	const { history, shelf, answers } = fake();
	const key = 'bike-test-1 freeSlotNumber week';
	shelf.set(key, { key, savedAt: 5, curve: columns(1), week: undefined });
	const shown = history.choose(choice);
	answers[0]?.resolve({ ok: false, why: 'network' });
	await shown;
	await turn();
	expect(history.curve?.mean).toEqual([1]);
	expect([history.stale, history.savedAt]).toEqual([true, 5]);
	const other = history.choose(day);
	answers[1]?.resolve({ ok: false, why: 'network' });
	await other;
	expect(history.curve).toBeUndefined();
	expect(history.lack).toBe('offline');
});

test('an answer for what is no longer chosen is thrown away', async () => {
	const { history, answers } = fake();
	const first = history.choose(choice);
	const second = history.choose(day);
	answers[1]?.resolve({ ok: true, json: columns(7) });
	await second;
	answers[0]?.resolve({ ok: true, json: columns(3) });
	await first;
	expect(history.curve?.mean).toEqual([7]);
});

test('a failure and an empty time are not the same', async () => {
	const { history, answers } = fake();
	const say = async (answer: Asked) => {
		const shown = history.choose(choice);
		answers.at(-1)?.resolve(answer);
		await shown;
		return history.lack;
	};
	expect(await say({ ok: false, why: 'trouble' })).toBe('failed');
	expect(history.late).toEqual({ since: undefined });
	expect(await say({ ok: false, why: 'unknown' })).toBe('empty');
	expect(await say({ ok: true, json: columns(null, null) })).toBe('empty');
	expect(await say({ ok: true, json: { error: 'something else' } })).toBe('failed');
});

test('a history that is late is told with its time', () => {
	const checks = [
		{ name: 'broker', ok: false, since: '2026-11-22T09:00:00Z', detail: null },
		{ name: 'history', ok: false, since: '2026-11-22T09:30:00Z', detail: null }
	];
	expect(readLate({ status: 'degraded', checks })).toEqual({
		since: Date.parse('2026-11-22T09:30:00Z')
	});
	expect(readLate({ checks: [{ name: 'history', ok: false, since: null }] })).toEqual({
		since: undefined
	});
	expect(readLate({ checks: [{ name: 'history', ok: true }] })).toBeUndefined();
	expect(readLate('no')).toBeUndefined();
});

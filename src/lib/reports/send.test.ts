import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newDraft } from './draft.ts';
import type { Row, Rows, Sent } from './outbox-rows.ts';
import { pause, sendAll, type Outcome } from './send.ts';

/** The queue in memory, with the rules of the one in IndexedDB. */
function memory(ids: readonly string[]) {
	const rows = new Map<string, Row>(
		ids.map((id, at) => [
			id,
			{
				kind: 'report',
				id,
				createdAt: at + 1,
				draft: newDraft(at, id),
				state: 'waiting',
				attempts: 0,
				nextAt: 0,
				notBefore: 0,
				maybeSent: false,
				trouble: null
			}
		])
	);
	const sent: Sent[] = [];
	const change = (id: string, what: Partial<Omit<Row, 'id' | 'kind'>>) => {
		const row = rows.get(id);
		if (row) rows.set(id, { ...row, ...what });
	};
	const port: Rows = {
		recover: async () => {
			for (const { id, state } of rows.values())
				if (state === 'sending') change(id, { state: 'waiting', maybeSent: true });
		},
		waiting: async () =>
			[...rows.values()]
				.filter(({ state }) => state === 'waiting')
				.sort((a, b) => a.createdAt - b.createdAt),
		claim: async (id) => {
			const row = rows.get(id);
			if (row?.state !== 'waiting') return undefined;
			change(id, { state: 'sending', attempts: row.attempts + 1 });
			return rows.get(id);
		},
		put: async (id, what) => change(id, what),
		done: async (id, one) => {
			rows.delete(id);
			sent.push(one);
		}
	};
	return { rows, sent, port };
}

const trouble = (status: number, code = '') => ({ at: 0, status, code, detail: '' });
const sentOf = (row: Row): Sent => ({
	id: row.id,
	kind: row.kind,
	category: '',
	title: '',
	url: '/',
	followToken: 't',
	createdAt: row.createdAt,
	sentAt: 0
});

interface World {
	answer: (row: Row) => Outcome;
	now?: () => number;
	online?: () => boolean;
}
const deps = (port: Rows, { answer, now = () => 0, online = () => true }: World) => ({
	rows: port,
	attempt: async (row: Row) => answer(row),
	online,
	now,
	random: () => 0.5,
	changed: () => {}
});

/** What may happen to one attempt: `lost` reached the server, its answer did not come back. */
type Fate = 'ok' | 'lost' | 'cut' | '503' | '429' | 'kill';

test('whatever happens on the way, each report arrives once and in order', async () => {
	const fates = fc.array(fc.constantFrom<Fate>('ok', 'lost', 'cut', '503', '429', 'kill'), {
		maxLength: 60
	});
	await fc.assert(
		fc.asyncProperty(fates, async (script) => {
			const ids = Array.from({ length: 8 }, (_, at) => `r${at}`);
			const { rows, sent, port } = memory(ids);
			const server: string[] = []; // once by key, as ours is
			let clock = 0;
			const answer = (row: Row): Outcome => {
				const fate = script.shift() ?? 'ok';
				if (fate === 'ok' || fate === 'lost' || fate === 'kill')
					if (!server.includes(row.id)) server.push(row.id);
				if (fate === 'ok') return { what: 'sent', sent: sentOf(row) };
				if (fate === 'kill') throw new Error('the browser is killed');
				const reached = fate === 'lost' || fate === 'cut';
				return { what: 'later', trouble: trouble(reached ? 0 : Number(fate)), waitMs: 0, reached };
			};
			for (let round = 0; rows.size > 0; round++) {
				expect(round).toBeLessThan(200);
				const back = await sendAll(deps(port, { answer, now: () => clock }), round % 2 === 0).catch(
					() => clock
				);
				clock = Math.max(clock, back ?? clock);
			}
			expect(server).toEqual(ids);
			expect(sent.map(({ id }) => id)).toEqual(ids);
		})
	);
});

test('one that failed holds those behind it, one that was refused does not', async () => {
	const { rows, sent, port } = memory(['a', 'b', 'c']);
	const answer = (row: Row): Outcome =>
		row.id === 'a'
			? { what: 'refused', trouble: trouble(400, 'report_invalid') }
			: row.id === 'b'
				? { what: 'later', trouble: trouble(0), waitMs: 0, reached: true }
				: { what: 'sent', sent: sentOf(row) };
	const back = await sendAll(deps(port, { answer }), true);
	expect(back).toBeGreaterThan(0);
	expect(sent).toEqual([]);
	expect(rows.get('a')).toMatchObject({ state: 'refused', trouble: { code: 'report_invalid' } });
	expect(rows.get('b')).toMatchObject({ state: 'waiting', attempts: 1, maybeSent: true });
	expect(rows.get('c')).toMatchObject({ state: 'waiting', attempts: 0 });
});

test('the server’s own « later » holds even when the person asks; our pause does not', async () => {
	let clock = 0;
	const asked: number[] = [];
	const { rows, port } = memory(['a']);
	const answer = (): Outcome => {
		asked.push(clock);
		return { what: 'later', trouble: trouble(429), waitMs: 60_000, reached: false };
	};
	const world = { answer, now: () => clock };
	expect(await sendAll(deps(port, world), true)).toBeGreaterThanOrEqual(60_000);
	clock = 59_999;
	expect(await sendAll(deps(port, world), true)).toBe(60_000);
	expect(asked).toEqual([0]);
	clock = 60_000;
	await sendAll(deps(port, world), true);
	expect(asked).toEqual([0, 60_000]);
	rows.set('a', { ...(rows.get('a') as Row), notBefore: 0, nextAt: 200_000 });
	expect(await sendAll(deps(port, world), false)).toBe(200_000);
	await sendAll(deps(port, world), true);
	expect(asked).toHaveLength(3);
});

test('a report that breaks the server steps aside after three times, and is tried again later', async () => {
	let clock = 0;
	const { rows, sent, port } = memory(['bad', 'good']);
	const answer = (row: Row): Outcome =>
		row.id === 'bad'
			? { what: 'later', trouble: trouble(500), waitMs: 0, reached: true }
			: { what: 'sent', sent: sentOf(row) };
	for (let round = 0; round < 3; round++) {
		expect(sent).toEqual([]);
		clock = (await sendAll(deps(port, { answer, now: () => clock }), false)) ?? clock;
	}
	expect(sent.map(({ id }) => id)).toEqual(['good']);
	expect(rows.get('bad')?.state).toBe('waiting');
	expect(clock).toBeGreaterThan(0);
});

test('without a network nothing is tried, and what a dead sender left « sending » waits again', async () => {
	const { rows, port } = memory(['a']);
	rows.set('a', { ...(rows.get('a') as Row), state: 'sending', attempts: 1 });
	const answer = (): Outcome => {
		throw new Error('tried');
	};
	expect(await sendAll(deps(port, { answer, online: () => false }), true)).toBeGreaterThan(0);
	expect(rows.get('a')).toMatchObject({ state: 'waiting', maybeSent: true, attempts: 1 });
});

test('one taken back while others leave is not sent', async () => {
	const { rows, sent, port } = memory(['a', 'b', 'c']);
	const answer = (row: Row): Outcome => {
		if (row.id === 'a') rows.delete('b');
		return { what: 'sent', sent: sentOf(row) };
	};
	expect(await sendAll(deps(port, { answer }), true)).toBeUndefined();
	expect(sent.map(({ id }) => id)).toEqual(['a', 'c']);
});

test('the pause doubles, is never the same for two phones, and ends at a quarter of an hour', () => {
	for (let n = 1; n < 60; n++) {
		const [least, most] = [pause(n, () => 0), pause(n, () => 1)];
		expect(most).toBe(least * 2);
		expect(most).toBe(Math.min(900_000, 2_000 * 2 ** (n - 1)));
	}
});

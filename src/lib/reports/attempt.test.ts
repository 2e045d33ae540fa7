import { expect, test } from 'vitest';
import { attempt, retryAfter } from './attempt.ts';
import { lacks, newDraft, toReport, type Draft } from './draft.ts';
import type { Row } from './outbox-rows.ts';

const ID = '0b8e8a3e-6f0e-4d4c-9a51-2b7f7a3c9d10';
const draft: Draft = {
	...newDraft(0, ID),
	category: 'eclairage',
	answers: { quoi: 'eteint', leftover: 'x' },
	description: '  <script>alert(1)</script>  ',
	location: [1.44420123456, 43.60451234567],
	photos: [new Uint8Array([0xff, 0xd8, 0xff, 0xd9]).buffer]
};
const row: Row = {
	kind: 'report',
	id: ID,
	draft,
	createdAt: Date.UTC(2026, 10, 25, 8),
	state: 'sending',
	attempts: 1,
	nextAt: 0,
	notBefore: 0,
	maybeSent: false,
	trouble: null
};
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
	new Response(JSON.stringify({ code, detail: 'd' }), { status, headers });

/** What one answer makes of the report, and what was asked. */
async function answered(response: () => Response, of: Row = row) {
	const asked: { url: string; init: RequestInit }[] = [];
	const fetch: typeof globalThis.fetch = async (url, init = {}) => {
		asked.push({ url: typeof url === 'string' ? url : '', init });
		return response();
	};
	return { outcome: await attempt(of, { fetch, device: 'secret', now: () => 1_000 }), asked };
}

test('a report leaves as the contract says, under its own key', async () => {
	const { outcome, asked } = await answered(() =>
		Response.json({ id: ID, followToken: 't', url: '/signalement/1' }, { status: 201 })
	);
	expect(outcome).toMatchObject({ what: 'sent', sent: { id: ID, followToken: 't' } });
	const { url, init } = asked[0] ?? {};
	expect(url).toBe('/api/v1/reports');
	expect(new Headers(init?.headers).get('idempotency-key')).toBe(ID);
	expect(new Headers(init?.headers).get('capitoul-device')).toBe('secret');
	const form = init?.body as FormData;
	expect(JSON.parse(form.get('report') as string)).toEqual({
		id: ID,
		category: 'eclairage',
		answers: { quoi: 'eteint' },
		description: '<script>alert(1)</script>',
		location: { lon: 1.444201, lat: 43.604512 },
		address: null,
		createdAt: '2026-11-25T08:00:00.000Z'
	});
	expect(form.getAll('photo')).toHaveLength(1);
});

test('only the city’s own words count as arrived', async () => {
	const page = () => new Response('<h1>Bienvenue à l’hôtel</h1>', { status: 200 });
	expect((await answered(page)).outcome).toMatchObject({
		what: 'later',
		trouble: { code: 'not_the_city' }
	});
	const other = () => Response.json({ id: 'x', followToken: 't', url: '/' }, { status: 201 });
	expect((await answered(other)).outcome.what).toBe('later');
	const proxy = () => new Response('<h1>Forbidden</h1>', { status: 403 });
	expect((await answered(proxy)).outcome).toMatchObject({ what: 'later', reached: false });
});

test('what is wrong with the report is refused, what is wrong with the way comes again', async () => {
	const refused = [problem(400, 'report_invalid'), problem(409, 'report_conflict')];
	for (const response of [...refused, new Response('', { status: 413 })])
		expect((await answered(() => response)).outcome.what).toBe('refused');
	for (const [status, code] of [
		[400, 'upload_incomplete'],
		[408, 'timeout'],
		[429, 'too_many_requests'],
		[500, 'internal'],
		[503, 'busy'],
		[507, 'storage_full']
	] as const)
		expect((await answered(() => problem(status, code))).outcome, code).toMatchObject({
			what: 'later',
			trouble: { status }
		});
	const cut = await answered(() => {
		throw new TypeError('network');
	});
	expect(cut.outcome).toMatchObject({ what: 'later', reached: true, trouble: { status: 0 } });
});

test('Retry-After is read in both forms and never holds longer than an hour', async () => {
	expect(retryAfter('120', 0)).toBe(120_000);
	expect(retryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 0)).toBe(60_000);
	expect(retryAfter('999999', 0)).toBe(3_600_000);
	for (const nothing of [null, '', '-5', 'soon']) expect(retryAfter(nothing, 0)).toBe(0);
	const { outcome } = await answered(() => problem(429, 'x', { 'retry-after': '30' }));
	expect(outcome).toMatchObject({ waitMs: 30_000 });
});

test('« c’est le même » carries the device and nothing else', async () => {
	const same: Row = { ...row, kind: 'confirmation', target: ID, title: 't' };
	const { outcome, asked } = await answered(() => Response.json({ counted: true }), same);
	expect(outcome.what).toBe('sent');
	expect(asked[0]?.url).toBe(`/api/v1/reports/${ID}/confirmations`);
	expect(asked[0]?.init.body).toBeUndefined();
});

test('a draft says what it lacks, in the order of the screens; an urgent answer never leaves as a report', () => {
	expect(lacks(newDraft(0, ID)).map(({ why }) => why)).toEqual(['place', 'category']);
	expect(lacks(draft)).toEqual([]);
	expect(lacks({ ...draft, location: null, address: '4 place du Capitole' })).toEqual([]);
	expect(lacks({ ...draft, answers: {} })).toMatchObject([{ why: 'answers' }]);
	expect(lacks({ ...draft, answers: { quoi: 'cable' } })).toMatchObject([
		{ why: 'advice', advice: { call: '18' } }
	]);
});

test('what a place said leaves with the report about it', () => {
	const entity = { id: 'bike-x-1', name: 'X', values: { availableBikeNumber: 3 } };
	expect(toReport({ ...draft, entity }, 0)).toMatchObject({
		entity: { id: 'bike-x-1', values: { availableBikeNumber: 3 } }
	});
});

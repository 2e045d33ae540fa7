import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../database/database.ts';
import { createLog } from '../log.ts';
import { onBothEngines, openEmpty } from '../testing/databases.ts';
import {
	hang,
	readVapid,
	reset,
	startPushService,
	type Answers,
	type Browser,
	type PushService
} from '../testing/push-service.ts';
import type { Resolve } from './endpoint.ts';
import { makeKeys } from './keys.ts';
import { enqueue } from './queue.ts';
import { Sender } from './sender.ts';
import { purge } from './store.ts';
import { putSubscription, seeDevice } from './subscriptions.ts';
import { httpsTransport } from './transport.ts';
import { Vapid } from './vapid.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const keys = makeKeys();
const log = createLog('silent');

let service: PushService;
let ends: (() => Promise<void> | void)[];
let now: number;
beforeEach(async () => {
	service = await startPushService();
	ends = [];
	now = NOW;
});
afterEach(async () => {
	for (const end of ends.reverse()) await end();
	await service.stop();
});

/** A sender at work until the end of the test. */
function sending(
	database: Database,
	{ timeoutMs = 10_000, allowedHosts = [service.host], resolve }: Options = {}
): Sender {
	const { post, close } = httpsTransport({ timeoutMs, ca: service.ca });
	const stop = new AbortController();
	const sender = new Sender({
		database,
		vapid: new Vapid(keys, 'mailto:city@example.org', () => now),
		post,
		allowedHosts,
		origin: 'https://capitoul.example',
		clock: () => now,
		log,
		active: () => true,
		...(resolve && { resolve })
	});
	const running = sender.run(stop.signal);
	ends.push(async () => {
		stop.abort();
		await running;
		close();
	});
	return sender;
}
interface Options {
	timeoutMs?: number;
	allowedHosts?: string[];
	resolve?: Resolve;
}

async function subscribed(database: Database, name: string, locale = 'fr'): Promise<Browser> {
	const browser = service.browser(name);
	await putSubscription(
		database,
		name,
		{ ...browser.subscription, locale },
		{ key: keys.publicKey, gate: { allowedHosts: [service.host] }, now }
	);
	return browser;
}

const tell = (database: Database, device: string) =>
	enqueue(
		database.db,
		{
			device,
			kind: 'rule',
			title: { fr: 'Capitole', en: 'Capitole' },
			body: { fr: 'Il reste 2 vélos.', en: '2 bikes are left.' },
			url: '/lieu/bike-toulouse-1',
			topic: 'rule-1',
			urgency: 'high',
			ttl: 600
		},
		now
	);

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
	for (let i = 0; i < 1_500; i++) {
		if (await condition()) return;
		await pause(10);
	}
	throw new Error('it did not come to that');
}

const queue = ({ db }: Database) => db.selectFrom('push_queue').selectAll().execute();
const subscriptions = ({ db }: Database) =>
	db.selectFrom('push_subscriptions').selectAll().execute();

onBothEngines((open) => {
	test('a message is read by its browser alone, proves who sends it, and leaves the queue', async () => {
		const database = await open();
		const [french, english] = [
			await subscribed(database, 'french'),
			await subscribed(database, 'english', 'en')
		];
		await tell(database, 'french');
		await tell(database, 'english');
		sending(database);
		await until(async () => (await queue(database)).length === 0);
		const of = (path: string) => service.received.filter((each) => each.path === path);
		const [first] = of('/french');
		const [second] = of('/english');
		if (!first || !second) throw new Error('a message did not come');
		expect(french.read(first)).toEqual({
			web_push: 8030,
			notification: {
				title: 'Capitole',
				body: 'Il reste 2 vélos.',
				lang: 'fr',
				navigate: 'https://capitoul.example/lieu/bike-toulouse-1',
				tag: 'rule-1'
			}
		});
		expect(english.read(second)).toMatchObject({ notification: { body: '2 bikes are left.' } });
		expect(() => english.read(first)).toThrow();
		expect(first.headers).toMatchObject({
			ttl: '600',
			urgency: 'high',
			topic: 'rule-1',
			'content-encoding': 'aes128gcm'
		});
		const { claims, key } = readVapid(first.headers.authorization);
		expect(claims).toEqual({
			aud: service.origin,
			exp: NOW / 1000 + 12 * 3600,
			sub: 'mailto:city@example.org'
		});
		expect(key).toBe(keys.publicKey);
		expect(second.headers.authorization).toBe(first.headers.authorization);
		expect(service.received).toHaveLength(2);
	});

	test.each([404, 410])('%i: the subscription is gone, at once', async (status) => {
		const database = await open();
		await subscribed(database, 'phone');
		await tell(database, 'phone');
		service.answers = () => status;
		sending(database);
		await until(async () => (await queue(database)).length === 0);
		expect(await subscriptions(database)).toEqual([]);
		expect(service.received).toHaveLength(1);
	});

	test.each([401, 403])('%i: the app is told to subscribe again, and may', async (status) => {
		const database = await open();
		await subscribed(database, 'phone');
		await tell(database, 'phone');
		service.answers = () => status;
		sending(database);
		await until(async () => (await queue(database)).length === 0);
		const key = keys.publicKey;
		expect(await seeDevice(database, 'phone', { key, now })).toBe('renew');
		await subscribed(database, 'phone');
		expect(await seeDevice(database, 'phone', { key, now })).toBe('active');
		expect(await seeDevice(database, 'phone', { key: 'another', now })).toBe('renew');
	});

	test.each([413, 400, 302])('%i: given up, the subscription stays', async (status) => {
		const database = await open();
		await subscribed(database, 'phone');
		await tell(database, 'phone');
		service.answers = () => ({ status, headers: { location: `${service.origin}/elsewhere` } });
		sending(database);
		await until(async () => (await queue(database)).length === 0);
		expect(await subscriptions(database)).toHaveLength(1);
		expect(service.received.map(({ path }) => path)).toEqual(['/phone']);
	});

	test('429: nobody of that service is asked before it says so', async () => {
		const database = await open();
		await subscribed(database, 'one');
		await subscribed(database, 'two');
		await tell(database, 'one');
		service.answers = (_, nth) =>
			nth === 1 ? { status: 429, headers: { 'retry-after': '120' } } : 201;
		const sender = sending(database);
		const due = async () => (await queue(database)).map(({ due_at }) => due_at);
		await until(async () => (await due()).includes(NOW + 120_000));
		await tell(database, 'two');
		sender.nudge();
		await until(async () => (await due()).every((at) => at === NOW + 120_000));
		expect(service.received).toHaveLength(1);
		now += 120_000;
		service.answers = () => 201;
		sender.nudge();
		await until(async () => (await queue(database)).length === 0);
		expect(service.received).toHaveLength(3);
	});

	test.each<[string, () => ReturnType<Answers>]>([
		['500', () => 500],
		['an answer that never comes', () => hang],
		['a connection that is cut', () => reset]
	])('%s: tried again later, and not for ever', async (_, answer) => {
		const database = await open();
		await subscribed(database, 'phone');
		await tell(database, 'phone');
		await database.db
			.updateTable('push_queue')
			.set({ expires_at: NOW + 1e9 })
			.execute();
		service.answers = answer;
		const sender = sending(database, answer() === hang ? { timeoutMs: 300 } : {});
		let tries = 1;
		for (; ; tries++) {
			await until(async () => (await queue(database)).every(({ attempts }) => attempts === tries));
			const [waiting] = await queue(database);
			if (!waiting) break;
			expect(waiting.due_at).toBeGreaterThan(now);
			now = waiting.due_at;
			sender.nudge();
		}
		expect(tries).toBe(7);
		// On a busy machine a hand may not have been shaken before the time was over.
		if (answer() !== hang) expect(service.received).toHaveLength(7);
		expect(await subscriptions(database)).toHaveLength(1);
	});
});

const onSqlite = (title: string, run: (database: Database) => Promise<void>) =>
	test(title, async () => {
		const database = await openEmpty();
		ends.push(() => database.close());
		await run(database);
	});

onSqlite('what is worth nothing any more is not sent', async (database) => {
	await subscribed(database, 'phone');
	await tell(database, 'phone');
	now += 601_000;
	sending(database);
	await until(async () => (await queue(database)).length === 0);
	expect(service.received).toEqual([]);
});

onSqlite('an answer that does not end is read to 1 kB', async (database) => {
	await subscribed(database, 'phone');
	await tell(database, 'phone');
	let written = 0;
	service.answers = () => (response) => {
		response.writeHead(201);
		const more = (): void => {
			written++;
			if (!response.destroyed)
				response.write(Buffer.alloc(512), () => {
					setTimeout(more, 1);
				});
		};
		more();
	};
	sending(database, { timeoutMs: 20_000 });
	await until(async () => (await queue(database)).length === 0);
	expect(written).toBeLessThan(200);
});

onSqlite('at most 100 are under way, and every one of 160 arrives once', async (database) => {
	for (let i = 0; i < 160; i++) {
		await subscribed(database, `p${i}`);
		await tell(database, `p${i}`);
	}
	let open = 0;
	let most = 0;
	service.answers = () => (response) => {
		most = Math.max(most, ++open);
		setTimeout(() => {
			open--;
			response.writeHead(201).end();
		}, 60);
	};
	sending(database, { timeoutMs: 10_000 });
	await until(async () => (await queue(database)).length === 0);
	expect(most).toBeGreaterThan(20);
	expect(most).toBeLessThanOrEqual(100);
	expect(new Set(service.received.map(({ path }) => path)).size).toBe(160);
	expect(service.received).toHaveLength(160);
	expect(service.connections).toBeLessThanOrEqual(100);
});

onSqlite('a phone whose app was not opened for 60 days is let go of', async (database) => {
	await subscribed(database, 'phone');
	const key = keys.publicKey;
	now += 59 * 86_400_000;
	await purge(database, now);
	expect(await seeDevice(database, 'phone', { key, now })).toBe('active');
	now += 59 * 86_400_000;
	await purge(database, now);
	expect(await subscriptions(database)).toHaveLength(1);
	now += 2 * 86_400_000;
	await purge(database, now);
	expect(await subscriptions(database)).toEqual([]);
});

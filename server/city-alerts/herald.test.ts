import { expect, test } from 'vitest';
import { topics } from '../../src/lib/topics.ts';
import type { Database } from '../database/database.ts';
import { eraseDevice } from '../device/erase.ts';
import { silent } from '../log.ts';
import { cityAlert } from '../testing/city-alert.ts';
import { onBothEngines } from '../testing/databases.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { Herald } from './herald.ts';
import { putWish, readWish } from './wishes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** 12:00 in Toulouse. */
const NOON = Date.parse('2026-11-25T11:00:00Z');
const ID = 'air-no2-quartier-3';
const NIGHT = { from: '22:00', to: '07:00' };

interface Run {
	now: number;
	active: boolean;
	said: { topic: string; payload: string }[];
	queued: () => number;
	herald: Herald;
	says: (alert: object | string, id?: string) => Promise<void>;
}

/** One run over a database; the broker hands back what is published, as a real one does. */
function run(database: Database, active = true): Run {
	const said: { topic: string; payload: string }[] = [];
	let queued = 0;
	const it: Run = {
		now: NOON,
		active,
		said,
		queued: () => queued,
		herald: new Herald({
			database,
			broker: {
				publish: async (topic, payload) => {
					said.push({ topic, payload: payload.toString() });
					if (topic.includes('/alert/')) it.herald.take(message(topic, payload));
				}
			},
			clock: () => it.now,
			log: silent,
			active: () => it.active,
			queued: () => queued++
		}),
		async says(alert: object | string, id = ID) {
			const payload = typeof alert === 'string' ? alert : JSON.stringify(alert);
			it.herald.take(message(topics.alert(id), payload));
			await it.herald.flush();
		}
	};
	return it;
}
const message = (topic: string, payload: string | Buffer) => ({
	topic,
	payload: Buffer.from(payload),
	retained: false
});

async function phone(database: Database, device: string, quiet: object | null = null) {
	await subscribed(database.db, device);
	await putWish(database, device, { quiet }, NOON);
}
const waiting = ({ db }: Database) =>
	db.selectFrom('push_queue').selectAll().orderBy('device').execute();
const devices = async (database: Database) => (await waiting(database)).map(({ device }) => device);
const empty = ({ db }: Database) => db.deleteFrom('push_queue').execute();

onBothEngines((open) => {
	test('an alert is told to the devices that asked, once for its id and sent, also after a restart', async () => {
		const database = await open();
		await phone(database, 'a');
		await phone(database, 'b');
		await phone(database, 'c');
		await eraseDevice(database, 'c');
		const first = run(database);
		const alert = cityAlert(NOON);
		await first.says(alert);
		const rows = await waiting(database);
		expect(rows).toMatchObject([
			{ device: 'a', kind: 'city', urgency: 'normal', expires_at: NOON + 3 * HOUR },
			{ device: 'b' }
		]);
		expect(JSON.parse(rows[0]?.notice ?? '')).toMatchObject({
			title: { fr: 'Air pollué dans ce quartier' },
			body: {
				fr: 'Dioxyde d’azote : 240 µg/m³ en moyenne depuis une heure. Évitez les efforts dehors.'
			},
			url: '/alertes'
		});
		expect(first.queued()).toBe(1);

		await empty(database);
		await first.says(alert);
		await first.says('');
		await first.says(alert);
		const second = run(database);
		await second.says(alert);
		expect(await waiting(database)).toEqual([]);
		await second.says(cityAlert(NOON + MINUTE));
		expect(await devices(database)).toEqual(['a', 'b']);
	});

	test('an update that only prolongs is not told again; one that is worse is', async () => {
		const database = await open();
		await phone(database, 'a');
		const { says } = run(database);
		await says(cityAlert(NOON));
		await empty(database);
		const update = { msgType: 'Update' };
		await says(cityAlert(NOON + HOUR, { ...update, info: { description: 'Toujours 230 µg/m³.' } }));
		expect(await devices(database)).toEqual([]);
		await says(cityAlert(NOON + 2 * HOUR, { ...update, info: { severity: 'Severe' } }));
		expect(await devices(database)).toEqual(['a']);
	});

	test('quiet hours are kept, except for what is severe or extreme', async () => {
		const database = await open();
		await phone(database, 'a');
		await phone(database, 'b', NIGHT);
		const it = run(database);
		const night = Date.parse('2026-11-25T02:00:00Z');
		it.now = night;
		await it.says(cityAlert(night));
		expect(await devices(database)).toEqual(['a']);
		for (const severity of ['Severe', 'Extreme'] as const) {
			await empty(database);
			await it.says(cityAlert(night, { info: { severity } }), `flood-${severity}`);
			expect(await waiting(database)).toMatchObject([
				{ device: 'a', urgency: 'high' },
				{ device: 'b', urgency: 'high' }
			]);
		}
		await empty(database);
		it.now = NOON;
		await it.says(cityAlert(NOON), 'noon');
		expect(await devices(database)).toEqual(['a', 'b']);
	});

	test('an exercise, one for a few, one taken back and one that is over are told to nobody', async () => {
		const database = await open();
		await phone(database, 'a');
		const { says } = run(database);
		await says(cityAlert(NOON, { status: 'Exercise' }));
		await says(cityAlert(NOON, { scope: 'Restricted' }));
		await says(cityAlert(NOON, { msgType: 'Cancel' }));
		await says(cityAlert(NOON - 4 * HOUR));
		await says(cityAlert(NOON, { info: { expires: '2026-11-25T11:00:00Z' } }));
		expect(await waiting(database)).toEqual([]);
	});

	test('what is no alert goes to dead/ with a code, and what stood is retained again', async () => {
		const database = await open();
		await phone(database, 'a');
		const { says, said } = run(database);
		const alert = cityAlert(NOON);
		await says(alert);
		const refuse = async (payload: string, id = ID) => {
			said.length = 0;
			await says(payload, id);
			await expect.poll(() => said.length).toBeGreaterThan(0);
			await Promise.resolve();
			const [letter, again] = said;
			expect(letter?.topic).toBe(topics.dead('alert'));
			return [
				JSON.parse(letter?.payload ?? '') as { code: string; reason: string },
				again
			] as const;
		};
		const [{ code, reason }, again] = await refuse(
			JSON.stringify({ ...alert, info: [{ ...alert.info[0], severity: 'Dreadful' }] })
		);
		expect(code).toBe('alert_invalid');
		expect(reason).toMatch(/^info\.0\.severity: /);
		expect(again?.topic).toBe(topics.alert(ID));
		expect(JSON.parse(again?.payload ?? '')).toEqual(alert);
		expect((await refuse('{'))[0].code).toBe('payload_not_json');
		expect((await refuse('x'.repeat(20_000)))[0].code).toBe('payload_too_large');
		const hostile = { ...alert, info: [{ ...alert.info[0], web: 'javascript:alert(1)' }] };
		expect((await refuse(JSON.stringify(hostile)))[0].code).toBe('alert_invalid');
		// Nothing stood under this name: its topic is emptied.
		expect((await refuse('null', 'new'))[1]).toEqual({ topic: topics.alert('new'), payload: '' });
		expect(await waiting(database)).toHaveLength(1);
	});

	test('the embedded broker forgets at its end: what stood is raised again, untold; what is over is taken back', async () => {
		const database = await open();
		await phone(database, 'a');
		const first = run(database);
		await first.says(cityAlert(NOON));
		await first.says(cityAlert(NOON), 'ended');
		await first.says('', 'ended');
		await empty(database);

		const second = run(database);
		await second.herald.restore();
		await second.herald.again();
		expect(second.said).toEqual([
			{ topic: topics.alert(ID), payload: JSON.stringify(cityAlert(NOON)) }
		]);
		expect(await waiting(database)).toEqual([]);

		second.now = NOON + 3 * HOUR;
		second.said.length = 0;
		await second.herald.tick();
		expect(second.said).toEqual([{ topic: topics.alert(ID), payload: '' }]);
		const third = run(database);
		third.now = second.now;
		await third.herald.restore();
		expect(third.said).toEqual([]);
	});

	test('one that stands by says nothing, and goes on where the other stopped', async () => {
		const database = await open();
		await phone(database, 'a');
		const active = run(database);
		const other = run(database, false);
		for (const each of [active, other]) await each.says(cityAlert(NOON));
		await other.says('{', 'bad');
		expect(other.said).toEqual([]);
		await empty(database);
		await other.says(cityAlert(NOON), 'later'); // the active one is gone by now
		expect(await waiting(database)).toEqual([]);
		other.active = true;
		await other.herald.again();
		expect(await devices(database)).toEqual(['a']);
	});

	test('a wish is kept, changed and erased', async () => {
		const database = await open();
		expect(await readWish(database, 'a')).toBeNull();
		await putWish(database, 'a', {}, NOON);
		expect(await readWish(database, 'a')).toEqual({ quiet: null });
		await putWish(database, 'a', { quiet: NIGHT }, NOON);
		expect(await readWish(database, 'a')).toEqual({ quiet: NIGHT });
		await expect(putWish(database, 'a', { quiet: { from: '25:00' } }, NOON)).rejects.toMatchObject({
			code: 'body_invalid'
		});
		await eraseDevice(database, 'a');
		expect(await readWish(database, 'a')).toBeNull();
	});
});

import { expect, test } from 'vitest';
import { record } from '../alerts/log.ts';
import { listAlerts, listRules, putRule } from '../alerts/rules.ts';
import { putWish, readWish } from '../city-alerts/wishes.ts';
import type { Database } from '../database/database.ts';
import { layers, register } from '../../src/lib/layers/index.ts';
import { ruleSchema } from '../../src/lib/alerts/rule.ts';
import { parse } from 'valibot';
import { dueRows, settle } from '../push/store.ts';
import { enqueue } from '../push/queue.ts';
import { aReport, device as header, posted, reportsOver, upload } from '../reports/testing.ts';
import { onBothEngines } from '../testing/databases.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { takeReport } from '../web/reports.ts';
import { ownDevice } from '../web/own.ts';
import { deviceOf } from './device.ts';
import { eraseDevice, purgeDevices, UNSEEN_DAYS } from './erase.ts';
import { DAY_MS, know, see } from './seen.ts';
import { deviceTables } from './tables.ts';

const NOW = Date.parse('2026-11-30T08:00:00Z');
const known = register(layers);
const text = { fr: 'Capitole', en: 'Capitole' };
const asked = { entity: 'bike-test-1', attribute: 'availableBikeNumber', op: 'below', value: 3 };

onBothEngines((open) => {
	/** A device that asked for all there is to ask for, to which something was told. */
	async function settled(database: Database, device: string, now = NOW): Promise<void> {
		await putRule(database, known, { device, id: 'r', now }, asked);
		await putWish(database, device, { quiet: null }, now);
		await subscribed(database.db, device, { seen_at: now });
		const rule = parse(ruleSchema, asked);
		await database.db.transaction().execute(async (tx) => {
			await record(tx, { device, id: 'r', rule, name: text, why: text, value: 2, now });
		});
	}
	const left = async ({ db }: Database, device: string) => {
		const counts: Record<string, number> = {};
		for (const table of [
			'devices',
			'alert_rules',
			'alert_log',
			'city_alert_wishes',
			'push_subscriptions',
			'push_queue'
		] as const)
			counts[table] = (
				await db.selectFrom(table).select('device').where('device', '=', device).execute()
			).length;
		return counts;
	};
	const seenAt = async ({ db }: Database, device: string) =>
		(
			await db
				.selectFrom('devices')
				.select('seen_at')
				.where('device', '=', device)
				.executeTakeFirst()
		)?.seen_at;
	const ALL = {
		devices: 1,
		alert_rules: 1,
		alert_log: 1,
		city_alert_wishes: 1,
		push_subscriptions: 1,
		push_queue: 1
	};
	const NOTHING = Object.fromEntries(Object.keys(ALL).map((table) => [table, 0]));

	test('what a device left behind is erased once it was not here for 180 days, and nothing of another', async () => {
		const database = await open();
		await settled(database, 'gone');
		await settled(database, 'here');
		await see(database, ['here'], NOW + 100 * DAY_MS);
		expect(await purgeDevices(database, NOW + UNSEEN_DAYS * DAY_MS)).toBe(0);
		expect(await left(database, 'gone')).toEqual(ALL);
		expect(await purgeDevices(database, NOW + UNSEEN_DAYS * DAY_MS + 1)).toBe(1);
		expect(await left(database, 'gone')).toEqual(NOTHING);
		expect(await left(database, 'here')).toEqual(ALL);
		expect(await purgeDevices(database, NOW + UNSEEN_DAYS * DAY_MS + 1)).toBe(0);
	});

	test('its reports stay: they belong to the street', async () => {
		const database = await open();
		const secret = header('gone');
		const device = deviceOf(new Request('http://x', { headers: secret }));
		await settled(database, device);
		const { reports } = reportsOver(database, () => NOW);
		await takeReport(reports, posted(upload(aReport()), secret), '192.0.2.1');
		expect(await purgeDevices(database, NOW + 181 * DAY_MS)).toBe(1);
		expect((await reports.list({ limit: 10, device })).features).toHaveLength(1);
		await reports.close();
	});

	test('a request of its own and a push that is taken count as being here, at most once a day', async () => {
		const database = await open();
		await settled(database, 'phone');
		await see(database, ['phone', 'stranger'], NOW + DAY_MS - 1);
		expect(await seenAt(database, 'phone')).toBe(NOW);
		await see(database, ['phone', 'stranger'], NOW + DAY_MS);
		expect(await seenAt(database, 'phone')).toBe(NOW + DAY_MS);
		// Nothing is kept of who never asked for anything.
		expect(await seenAt(database, 'stranger')).toBeUndefined();

		const later = NOW + 9 * DAY_MS;
		const notice = { device: 'phone', kind: 'rule', title: text, body: text, url: '/', ttl: 60 };
		await database.db.deleteFrom('push_queue').execute();
		await enqueue(database.db, notice, later);
		const [row] = await dueRows(database, later, 1);
		if (!row) throw new Error('nothing is due');
		await settle(database, [{ row, outcome: { kind: 'gone' } }], later);
		expect(await seenAt(database, 'phone')).toBe(NOW + DAY_MS);
		await settle(database, [{ row, outcome: { kind: 'sent' } }], later);
		expect(await seenAt(database, 'phone')).toBe(later);

		const request = new Request('http://x', { headers: header('asks') });
		const device = deviceOf(request);
		const before = Date.now();
		await database.db.transaction().execute((tx) => know(tx, device, before - 2 * DAY_MS));
		expect(await ownDevice(request, { database })).toBe(device);
		expect(await seenAt(database, device)).toBeGreaterThanOrEqual(before);
	});

	test('each wish makes a device known, and erasing it forgets that it was here', async () => {
		const database = await open();
		await putRule(database, known, { device: 'a', id: 'r', now: NOW }, asked);
		await putWish(database, 'b', { quiet: null }, NOW);
		expect([await seenAt(database, 'a'), await seenAt(database, 'b')]).toEqual([NOW, NOW]);
		await eraseDevice(database, 'a');
		expect(await left(database, 'a')).toEqual(NOTHING);
		expect(await listRules(database, 'a')).toEqual([]);
		expect(await listAlerts(database, 'a', 10)).toEqual([]);
		expect(await readWish(database, 'b')).toEqual({ quiet: null });
	});

	test('however many are due, a piece is erased at a time, those longest away first', async () => {
		const database = await open();
		for (let i = 0; i < 101; i++)
			await database.db.transaction().execute((tx) => know(tx, `d${i}`, NOW + i));
		const late = NOW + 200 * DAY_MS;
		expect(await purgeDevices(database, late)).toBe(100);
		expect(await seenAt(database, 'd100')).toBe(NOW + 100);
		expect(await purgeDevices(database, late)).toBe(1);
		expect(await purgeDevices(database, late)).toBe(0);
	});

	test('a device known before this was written down is taken to be here from then on', async () => {
		const database = await open();
		await settled(database, 'old');
		await database.db.schema.dropTable('devices').execute();
		const before = Date.now();
		await deviceTables(database.db, database.engine);
		expect(await seenAt(database, 'old')).toBeGreaterThanOrEqual(before);
	});
});

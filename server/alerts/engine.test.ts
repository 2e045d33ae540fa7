import { expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import { topics } from '../../src/lib/topics.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { Database } from '../database/database.ts';
import { eraseDevice } from '../device/erase.ts';
import { createLog } from '../log.ts';
import { onBothEngines } from '../testing/databases.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { Alerts } from './engine.ts';
import { listAlerts, listRules, putRule, removeRule } from './rules.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-25T08:00:00Z');
const layers = register();
const ID = 'bike-toulouse-1';

interface Run {
	now: number;
	active: boolean;
	queued: number;
	alerts: Alerts;
	says(bikes: number, more?: object, at?: number): Promise<void>;
}

/** One run of the engine over a database; `now` is its clock. */
function engine(database: Database): Run {
	const run: Run = {
		now: START,
		active: true,
		queued: 0,
		alerts: new Alerts({
			database,
			register: layers,
			clock: () => run.now,
			log: createLog('silent'),
			active: () => run.active,
			queued: () => run.queued++
		}),
		async says(bikes: number, more: object = {}, at = run.now) {
			const payload = {
				name: 'Capitole',
				availableBikeNumber: bikes,
				dateObserved: formatTime(at),
				receivedAt: formatTime(run.now),
				simulated: false,
				quality: 'ok',
				...more
			};
			run.alerts.take({
				topic: topics.state('bike', ID),
				payload: Buffer.from(JSON.stringify(payload)),
				retained: false
			});
			await run.alerts.flush();
		}
	};
	return run;
}

const rule = (more: object = {}) => ({
	entity: ID,
	attribute: 'availableBikeNumber',
	op: 'below',
	value: 3,
	...more
});
const put = (database: Database, id: string, body: object, device = 'phone') =>
	putRule(database, layers, { device, id, now: START }, body);
const log = async (database: Database) =>
	(await listAlerts(database, 'phone', 200)).map(({ body }) => body.fr).reverse();
const pushes = ({ db }: Database) => db.selectFrom('push_queue').selectAll().execute();
onBothEngines((open) => {
	test('what fires is in the list and in the queue, with its reason', async () => {
		const database = await open();
		await subscribed(database.db, 'phone');
		await put(database, 'r', rule());
		const run = engine(database);
		await run.alerts.load();
		await run.says(5);
		run.now += MINUTE;
		await run.says(2);
		const [alert] = await listAlerts(database, 'phone', 10);
		expect(alert).toMatchObject({
			rule: 'r',
			entity: ID,
			at: formatTime(run.now),
			title: { fr: 'Capitole', en: 'Capitole' },
			value: 2,
			url: `/lieu/${ID}`
		});
		expect(alert?.body.fr).toBe('2 vélos, moins que votre seuil de 3 vélos, à 9\u00a0h\u00a001.');
		expect(await pushes(database)).toMatchObject([{ device: 'phone', urgency: 'high' }]);
		expect(run.queued).toBe(1);
	});

	test('a restart in the middle neither repeats nor forgets', async () => {
		const database = await open();
		await put(database, 'r', rule({ forMinutes: 10 }));
		let run = engine(database);
		await run.alerts.load();
		await run.says(2);
		const again = async (now: number) => {
			run = engine(database);
			run.now = now;
			await run.alerts.load();
		};
		// Killed after 6 minutes: the ten are counted from the first, not from the restart.
		await again(START + 6 * MINUTE);
		await run.says(2);
		expect(await log(database)).toEqual([]);
		await again(START + 10 * MINUTE);
		await run.says(2);
		expect(await log(database)).toHaveLength(1);
		// Killed right after: the broker says the same retained value again.
		await again(START + 11 * MINUTE);
		await run.says(2);
		run.now += MINUTE;
		await run.says(1);
		run.alerts.tick();
		await run.alerts.flush();
		expect(await log(database)).toHaveLength(1);
	});

	test('late, repeated, overtaken, clock-skewed and unknown values change nothing', async () => {
		const database = await open();
		await put(database, 'r', rule());
		const run = engine(database);
		await run.alerts.load();
		await run.says(5);
		await run.says(1, {}, START - MINUTE); // overtaken
		run.now += 20 * MINUTE;
		await run.says(1, {}, run.now - 11 * MINUTE); // no longer fresh when it came
		await run.says(1, { quality: 'clock' });
		await run.says(1, { availableBikeNumber: null });
		expect(await log(database)).toEqual([]);
		await run.says(1);
		for (let i = 0; i < 5; i++) await run.says(1);
		expect(await log(database)).toHaveLength(1);
	});

	test('in quiet hours it is in the list and nothing sounds', async () => {
		const database = await open();
		await subscribed(database.db, 'phone');
		await put(database, 'r', rule({ quiet: { from: '22:00', to: '10:00' } }));
		const run = engine(database);
		await run.alerts.load();
		await run.says(2);
		expect(await log(database)).toHaveLength(1);
		expect(await pushes(database)).toEqual([]);
	});

	test('a rule removed or changed elsewhere tells nothing in its former form', async () => {
		const database = await open();
		await put(database, 'gone', rule());
		await put(database, 'other', rule());
		const run = engine(database);
		await run.alerts.load();
		await removeRule(database, 'phone', 'gone');
		await put(database, 'other', rule({ value: 1 }));
		await run.says(2);
		expect(await log(database)).toEqual([]);
		await run.alerts.load();
		run.now += MINUTE;
		await run.says(0);
		expect(await listAlerts(database, 'phone', 10)).toMatchObject([{ rule: 'other' }]);
	});

	test('one that stands by tells nothing, and knows all when it takes over', async () => {
		const database = await open();
		await put(database, 'r', rule());
		const run = engine(database);
		run.active = false;
		await run.alerts.load();
		await run.says(2);
		expect(await log(database)).toEqual([]);
		run.active = true;
		run.alerts.forget();
		await run.alerts.load();
		run.alerts.tick();
		await run.alerts.flush();
		expect(await log(database)).toHaveLength(1);
	});

	test('more than ten in an hour are told together', async () => {
		const database = await open();
		await subscribed(database.db, 'phone');
		for (let i = 0; i < 15; i++) await put(database, `r${i}`, rule());
		const run = engine(database);
		await run.alerts.load();
		await run.says(1);
		expect(await log(database)).toHaveLength(15);
		const waiting = await pushes(database);
		expect(waiting).toHaveLength(11);
		expect(waiting.filter(({ topic }) => topic === 'many')).toHaveLength(1);
	});

	test('the same rule again changes nothing; thirty are enough; erased is erased', async () => {
		const database = await open();
		await put(database, 'r', rule());
		const run = engine(database);
		await run.alerts.load();
		await run.says(2);
		await put(database, 'r', rule());
		await run.alerts.load();
		run.now += MINUTE;
		await run.says(1);
		expect(await log(database)).toHaveLength(1);
		for (let i = 1; i < 30; i++) await put(database, `r${i}`, rule());
		await expect(put(database, 'more', rule())).rejects.toMatchObject({ code: 'too_many_rules' });
		await put(database, 'r', rule({ value: 2 }));
		expect(await listRules(database, 'phone')).toHaveLength(30);
		await put(database, 'theirs', rule(), 'another');
		await eraseDevice(database, 'phone');
		expect(await listRules(database, 'phone')).toEqual([]);
		expect(await log(database)).toEqual([]);
		expect(await listRules(database, 'another')).toHaveLength(1);
	});
});

import { expect, test } from 'vitest';
import { eraseDevice } from '../device/erase.ts';
import type { Database } from '../database/database.ts';
import { onBothEngines } from '../testing/databases.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { enqueue, type Notice } from './queue.ts';

const notice = (device: string, more: Partial<Notice> = {}): Notice => ({
	device,
	kind: 'report',
	title: { fr: 'Réparé', en: 'Repaired' },
	body: { fr: 'Le banc est réparé.', en: 'The bench is repaired.' },
	url: '/signalements/1',
	ttl: 3600,
	...more
});

const waiting = ({ db }: Database) => db.selectFrom('push_queue').selectAll().execute();

onBothEngines((open) => {
	test('a notice waits for a device that subscribed, and for no other', async () => {
		const database = await open();
		await subscribed(database.db, 'here');
		await subscribed(database.db, 'refused', { refused_at: 5 });
		for (const device of ['here', 'refused', 'nowhere'])
			await enqueue(database.db, notice(device), 1_000);
		const rows = await waiting(database);
		expect(rows).toMatchObject([
			{ device: 'here', kind: 'report', urgency: 'normal', due_at: 1_000, expires_at: 3_601_000 }
		]);
		expect(JSON.parse(rows[0]?.notice ?? '')).toEqual({
			title: { fr: 'Réparé', en: 'Repaired' },
			body: { fr: 'Le banc est réparé.', en: 'The bench is repaired.' },
			url: '/signalements/1'
		});
	});

	test('it is kept with what it tells of, or not at all', async () => {
		const database = await open();
		await subscribed(database.db, 'here');
		const failed = database.db.transaction().execute(async (tx) => {
			await enqueue(tx, notice('here'));
			throw new Error('the report could not be written');
		});
		await expect(failed).rejects.toThrow('could not be written');
		expect(await waiting(database)).toEqual([]);
	});

	test('a newer one of the same topic takes the place of the older', async () => {
		const database = await open();
		await subscribed(database.db, 'here');
		await enqueue(database.db, notice('here', { topic: 'r1', url: '/old' }));
		await enqueue(database.db, notice('here', { topic: 'r2', url: '/other' }));
		await enqueue(database.db, notice('here', { topic: 'r1', url: '/new' }));
		const urls = (await waiting(database)).map(
			({ notice }) => (JSON.parse(notice) as { url: string }).url
		);
		expect(urls.sort()).toEqual(['/new', '/other']);
	});

	test('a page of another site, or a topic no push service takes, is a mistake of ours', async () => {
		const database = await open();
		for (const url of ['https://elsewhere.example/', '//elsewhere.example/', ''])
			await expect(enqueue(database.db, notice('here', { url }))).rejects.toThrow('push url');
		await expect(enqueue(database.db, notice('here', { topic: 'é' }))).rejects.toThrow('topic');
	});

	test('erasing a device takes its subscription and all that waits, and nobody else’s', async () => {
		const database = await open();
		for (const device of ['mine', 'theirs']) {
			await subscribed(database.db, device);
			await enqueue(database.db, notice(device));
		}
		await eraseDevice(database, 'mine');
		expect((await waiting(database)).map(({ device }) => device)).toEqual(['theirs']);
		const left = await database.db.selectFrom('push_subscriptions').select('device').execute();
		expect(left).toEqual([{ device: 'theirs' }]);
	});
});

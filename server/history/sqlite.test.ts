import { expect, test } from 'vitest';
import { historyContract, NOW, settle } from './contract.ts';
import { transaction } from './database.ts';
import { HOUR_MS, type Reading } from './store.ts';
import { embedded, openSubject } from './subject.ts';

historyContract('history in node:sqlite', () => openSubject(embedded, NOW));

const reading = (t: number, v: number): Reading => ({
	entity: 'bike-test-1',
	layer: 'bike',
	attribute: 'availableBikeNumber',
	t,
	v
});

test('what a transaction took back was never read, nor is its series misread later', async () => {
	const subject = await openSubject(embedded, NOW);
	const { entity, attribute } = reading(0, 0);
	expect(() =>
		transaction(subject.db(), () => {
			subject.store().stage([reading(NOW - HOUR_MS, 1)]);
			throw new Error('the disk is full');
		})
	).toThrow('the disk is full');
	expect(subject.store().knows(entity)).toBe(false);
	const other = { ...reading(NOW - HOUR_MS, 2), entity: 'bike-test-2' };
	await subject.store().append([other]);
	await subject.store().append([reading(NOW - HOUR_MS, 3)]);
	const raw = await subject.store().raw({ entity, attribute }, 0, NOW, 10);
	expect(raw.v).toEqual([3]);
	await subject.close();
});

test('a settling that a kill cut in two is done again and comes out the same', async () => {
	const subject = await openSubject(embedded, NOW);
	const readings = Array.from({ length: 120 }, (_, i) => ({
		...reading(NOW - 3 * HOUR_MS + i * 60_000, i),
		entity: `bike-test-${i % 60}`
	}));
	await subject.store().append(readings);
	subject.clock.now += 2 * HOUR_MS;
	await subject.store().maintain(subject.clock.now); // the first 50 series of 60
	await subject.reopen();
	await settle(subject);
	for (let i = 0; i < 60; i++) {
		const key = { entity: `bike-test-${i}`, attribute: 'availableBikeNumber' };
		expect((await subject.store().raw(key, 0, NOW, 10)).v).toEqual([i, i + 60]);
	}
	await subject.close();
});

test('with no room left nothing is taken, what was kept is answered, and with room all goes on', async () => {
	const subject = await openSubject(embedded, NOW);
	const key = { entity: 'bike-test-1', attribute: 'availableBikeNumber' };
	const db = subject.db();
	const batch = (n: number) =>
		Array.from({ length: 1_000 }, (_, i) => reading(NOW - 4 * HOUR_MS + (n * 1_000 + i) * 500, i));
	const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
	db.exec(`PRAGMA max_page_count = ${pages + 30}`); // the file may grow no further: SQLITE_FULL, as on a full disk
	let taken = 0;
	await expect(
		(async () => {
			for (; taken < 100; taken++) await subject.store().append(batch(taken));
		})()
	).rejects.toThrow('full');
	expect(taken).toBeGreaterThan(0);
	const count = async () => (await subject.store().raw(key, 0, NOW, 1e6)).v.length;
	expect(await count()).toBe(taken * 1_000);
	subject.clock.now += 2 * HOUR_MS;
	await subject
		.store()
		.maintain(subject.clock.now)
		.catch(() => undefined); // no room to settle either
	expect(await count()).toBe(taken * 1_000);
	db.exec('PRAGMA max_page_count = 1000000');
	await subject.store().append(batch(taken));
	subject.clock.now += 2 * HOUR_MS;
	await settle(subject);
	expect(await count()).toBe((taken + 1) * 1_000);
	expect(db.prepare('SELECT count(*) n FROM staged').get()?.['n']).toBe(0);
	await subject.close();
});

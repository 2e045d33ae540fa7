import { afterAll, describe, expect, test } from 'vitest';
import { historyContract, NOW, settle } from './contract.ts';
import { InfluxClient } from './influx-client.ts';
import { HOUR_MS, type Reading } from './store.ts';
import { influxServer, openSubject } from './subject.ts';

const influx = await influxServer();
afterAll(() => influx?.server?.remove());

const key = { entity: 'bike-test-1', attribute: 'availableBikeNumber' };
const reading = (t: number, v: number, attribute = key.attribute): Reading => ({
	entity: key.entity,
	layer: 'bike',
	attribute,
	t,
	v
});

describe.skipIf(!influx)('a real InfluxDB', () => {
	if (!influx) return;
	historyContract('history in InfluxDB', () => openSubject(influx.config(), NOW));

	test('names, tags, fields and retention are those of the contract', async () => {
		const config = influx.config();
		const subject = await openSubject(config, NOW);
		await subject.store().append([{ ...reading(NOW - 3 * HOUR_MS, 4), district: 'quartier-1' }]);
		await settle(subject);
		const bucket = config.influx?.bucket ?? '';
		const client = new InfluxClient(config.influx?.url ?? new URL('http://x'), {
			token: process.env['INFLUX_TOKEN'],
			username: process.env['INFLUX_USERNAME'],
			password: process.env['INFLUX_PASSWORD']
		});
		const [raw] = await client.query(bucket, 'SELECT * FROM bike');
		expect(raw?.columns.toSorted()).toEqual(['availableBikeNumber', 'district', 'entity', 'time']);
		for (const tier of ['15m', '1h']) {
			const [rolled] = await client.query(`${bucket}_${tier}`, 'SELECT * FROM bike');
			expect(rolled?.columns.toSorted()).toEqual([
				...['max', 'min', 'n', 'sum'].map((what) => `availableBikeNumber_${what}`),
				'district',
				'entity',
				'time'
			]);
		}
		if (influx.server)
			for (const [name, hours] of [
				[bucket, 35 * 24],
				[`${bucket}_15m`, 400 * 24],
				[`${bucket}_1h`, 800 * 24]
			] as const) {
				const [policies] = await client.query('', `SHOW RETENTION POLICIES ON "${name}"`);
				expect(policies?.values[0]?.[1]).toBe(`${hours}h0m0s`);
			}
		await subject.close();
	});

	test('a correction that waits behind a long backlog is sent after what it corrects', async () => {
		const subject = await openSubject(influx.config(), NOW);
		const t = NOW - 3 * HOUR_MS;
		const others = (batch: number) =>
			Array.from({ length: 5_000 }, (_, i) => ({
				...reading(t + (batch * 5_000 + i) * 500, batch),
				entity: 'bike-test-2'
			}));
		await subject.store().append([reading(t, 1)]);
		for (const batch of [0, 1]) await subject.store().append(others(batch));
		await subject.store().append([reading(t, 9)]);
		await settle(subject);
		expect((await subject.store().raw(key, t, NOW, 10)).v).toEqual([9]);
		await subject.close();
	});

	test('a reading the database refuses is put aside with its reason, alone', async () => {
		const config = influx.config();
		const subject = await openSubject(config, NOW);
		await settle(subject); // makes the databases
		const client = new InfluxClient(config.influx?.url ?? new URL('http://x'), {
			token: process.env['INFLUX_TOKEN'],
			username: process.env['INFLUX_USERNAME'],
			password: process.env['INFLUX_PASSWORD']
		});
		// Somebody wrote text where numbers belong: from now on that field refuses numbers.
		const t = NOW - HOUR_MS;
		await client.write(config.influx?.bucket ?? '', [`bike,entity=x freeSlotNumber="many" ${t}`]);
		const good = Array.from({ length: 100 }, (_, i) => reading(t + i * 1000, i));
		await subject.store().append([...good, reading(t + 5_000, 7, 'freeSlotNumber')]);
		await settle(subject);
		expect(subject.store().health()).toMatchObject({ ok: true, queued: 0, rejected: 1 });
		const [rejected] = subject.db().prepare('SELECT line, reason FROM rejected').all();
		expect(rejected?.['line']).toContain('freeSlotNumber=7');
		expect(rejected?.['reason']).toContain('type conflict');
		const { v } = await subject.store().raw(key, t, NOW, 1_000);
		expect(v).toEqual(good.map((r) => r.v));
		await subject.close();
	});
});

describe.skipIf(!influx?.server)('an InfluxDB that goes away', () => {
	const server = influx?.server;
	if (!influx || !server) return;

	test('readings wait on the disk, also over a restart, and arrive once it is back', async () => {
		const subject = await openSubject(influx.config(), NOW);
		const t = NOW - HOUR_MS;
		await subject.store().append([reading(t, 1)]);
		await settle(subject);
		await server.kill();
		await subject.store().append([reading(t + 1_000, 2)]);
		await subject.store().maintain(subject.clock.now);
		expect(subject.store().health()).toMatchObject({ ok: false, queued: 1 });
		await expect(
			subject.store().buckets(key, { t0: t, step: HOUR_MS, count: 1 })
		).rejects.toMatchObject({ code: 'history_unavailable' });
		await subject.reopen();
		await subject.store().append([reading(t + 2_000, 3), reading(t + 1_000, 9)]);
		subject.clock.now += 120_000;
		await subject.store().maintain(subject.clock.now);
		expect(subject.store().health()).toMatchObject({ ok: false, queued: 3 });
		expect(subject.store().health().lateSince).toBe(NOW);
		await server.start();
		subject.clock.now += 60_000;
		await settle(subject);
		expect(subject.store().health()).toMatchObject({ ok: true, queued: 0, rejected: 0, lagMs: 0 });
		// The correction that waited behind its original stands, whatever the order of sending.
		expect((await subject.store().raw(key, t, NOW, 10)).v).toEqual([1, 9, 3]);
		await subject.close();
	});

	test('after an outage the newest readings are visible first', async () => {
		const subject = await openSubject(influx.config(), NOW);
		const t = NOW - 3 * HOUR_MS;
		for (let batch = 0; batch < 3; batch++)
			await subject
				.store()
				.append(
					Array.from({ length: 5_000 }, (_, i) => reading(t + (batch * 5_000 + i) * 500, batch))
				);
		await subject.store().maintain(subject.clock.now);
		const seen = await subject.store().raw(key, t, NOW, 20_000);
		expect(new Set(seen.v)).toEqual(new Set([2]));
		await settle(subject);
		expect((await subject.store().raw(key, t, NOW, 20_000)).v).toHaveLength(15_000);
		await subject.close();
	});
});

import { expect, test, vi } from 'vitest';
import { deviceOf } from '../device/device.ts';
import { eraseDevice } from '../device/erase.ts';
import type { Database } from '../database/database.ts';
import { onBothEngines } from '../testing/databases.ts';
import { subscribed } from '../testing/push-subscription.ts';
import { takeReport } from '../web/reports.ts';
import { setState, setVisibility } from './desk.ts';
import { CONTACT_DAYS, purgeContacts } from './own.ts';
import { aPhoto, ADDRESS, aReport, device, posted, reportsOver, upload } from './testing.ts';
import { DAY_MS } from './view.ts';

const LIMIT = { limit: 100 };
const print = (name: string) => deviceOf(new Request('http://x', { headers: device(name) }));
const contact = { name: 'Jeanne Dupont', email: 'jeanne@example.org', phone: '0600000001' };

onBothEngines((open) => {
	let clock = Date.parse('2026-11-25T09:00:00Z');
	const start = async () => {
		const database = await open();
		const made = reportsOver(database, () => clock);
		const send = (
			report = aReport(),
			photos: readonly Uint8Array[] = [],
			headers: Record<string, string> = {}
		) => takeReport(made.reports, posted(upload(report, photos), headers), ADDRESS);
		const publish = (report: string) =>
			setVisibility(database, { report, visibility: 'published', now: clock });
		return { database, ...made, send, publish };
	};
	const count = async ({ db }: Database, table: 'reports' | 'report_photos' | 'report_events') =>
		(await db.selectFrom(table).selectAll().execute()).length;

	test('a report is kept with its photo, and public only after a check', async () => {
		const { reports, files, send, publish } = await start();
		const sent = aReport({ contact });
		const { id, fresh } = await send(sent, [await aPhoto('png')]);
		expect({ id, fresh }).toEqual({ id: sent.id, fresh: true });
		expect(files()).toHaveLength(1);
		expect((await reports.list(LIMIT)).features).toEqual([]);
		await expect(reports.one(id)).rejects.toMatchObject({ code: 'report_unknown' });
		await expect(reports.photo(id, 1)).rejects.toMatchObject({ code: 'report_unknown' });

		await publish(id);
		const one = await reports.one(id);
		expect(one).toMatchObject({
			type: 'Feature',
			id,
			geometry: { type: 'Point', coordinates: [1.4442, 43.6045] },
			properties: {
				category: 'voirie',
				state: 'received',
				status: 'open',
				image: `/api/v1/reports/${id}/photos/1`,
				timeline: [{ kind: 'state', state: 'received', at: '2026-11-25T09:00:00Z' }]
			}
		});
		expect(JSON.stringify(one)).not.toMatch(/Dupont|example\.org|0600000001|08:00:00/);
		expect((await reports.photo(id, 1)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
		await reports.close();
	});

	test('the same report gets the same answer, also when both come at once, and is one', async () => {
		const { database, reports, files, send } = await start();
		const report = aReport();
		const photo = await aPhoto();
		const answers = await Promise.all([1, 2, 3].map(() => send(report, [photo])));
		answers.push(await send(report, [photo]));
		expect(new Set(answers.map(({ followToken }) => followToken)).size).toBe(1);
		expect(answers.filter(({ fresh }) => fresh)).toHaveLength(1);
		expect(await count(database, 'reports')).toBe(1);
		expect(await count(database, 'report_photos')).toBe(1);
		expect(await count(database, 'report_events')).toBe(1);
		expect(files()).toHaveLength(1);
		await reports.close();
	});

	test('two processes that take the same report at once keep one, and leave no photo over', async () => {
		const { database, reports, files, send, dataDir } = await start();
		const other = reportsOver(database, () => clock);
		const report = aReport();
		const photo = await aPhoto();
		const [first, second] = await Promise.all([
			send(report, [photo]),
			takeReport(other.reports, posted(upload(report, [photo])), ADDRESS)
		]);
		expect(first.followToken).toBe(second.followToken);
		expect(await count(database, 'reports')).toBe(1);
		expect(files().length + other.files().length, dataDir).toBe(1);
		await reports.close();
		await other.reports.close();
	});

	test('whoever knows a public id does not get its follow link by sending again', async () => {
		const { send } = await start();
		const report = aReport();
		await send(report, [], device('mine'));
		const conflict = { code: 'report_conflict' };
		await expect(send(report, [], device('theirs'))).rejects.toMatchObject(conflict);
		await expect(send(report)).rejects.toMatchObject(conflict);
		expect((await send(report, [], device('mine'))).fresh).toBe(false);
		const open = aReport();
		await send(open);
		await expect(send({ ...open, description: 'autre' })).rejects.toMatchObject(conflict);
	});

	test('lists are filtered by box, status, category and change', async () => {
		const { database, reports, send, publish } = await start();
		const light = { category: 'eclairage', answers: { quoi: 'eteint' } };
		const [a, b, c] = [
			aReport(),
			aReport({ ...light, location: { lon: 1.5, lat: 43.7 } }),
			aReport({ location: null })
		];
		for (const report of [a, b, c]) {
			clock += 1_000;
			await send(report);
			await publish(report.id);
		}
		await setState(database, { report: a.id, state: 'fixed', now: (clock += 60_000) });
		const ids = async (wanted: Parameters<typeof reports.list>[0]) =>
			(await reports.list(wanted)).features.map(({ id }) => id);
		expect(await ids(LIMIT)).toEqual([c.id, b.id, a.id]);
		expect(await ids({ ...LIMIT, limit: 1 })).toEqual([c.id]);
		expect((await reports.list({ limit: 1 })).matched).toBe(3);
		expect(await ids({ ...LIMIT, bbox: [1.4, 43.6, 1.45, 43.61] })).toEqual([a.id]);
		expect(await ids({ ...LIMIT, status: 'open' })).toEqual([c.id, b.id]);
		expect(await ids({ ...LIMIT, status: 'closed' })).toEqual([a.id]);
		expect(await ids({ ...LIMIT, states: ['fixed', 'planned'] })).toEqual([a.id]);
		expect(await ids({ ...LIMIT, categories: ['eclairage'] })).toEqual([b.id]);
		expect(await ids({ ...LIMIT, since: clock })).toEqual([a.id]);
		expect(await ids({ ...LIMIT, ids: [] })).toEqual([]);
	});

	test('a device confirms once, follows, and finds its own; another does not see them', async () => {
		const { reports, send, publish } = await start();
		const { id } = await send(aReport(), [], device('mine'));
		const confirm = (name: string) =>
			reports.act({ report: id, act: 'confirmations', device: print(name) }, ADDRESS);
		await expect(confirm('a')).rejects.toMatchObject({ code: 'report_unknown' });
		await publish(id);
		expect(await confirm('a')).toEqual({ counted: true });
		expect(await confirm('a')).toEqual({ counted: false });
		expect(await confirm('b')).toEqual({ counted: true });
		expect((await reports.one(id)).properties.confirmations).toBe(2);
		const own = async (name: string) =>
			(await reports.list({ ...LIMIT, device: print(name) })).features.map(
				({ properties }) => properties.visibility
			);
		expect(await own('mine')).toEqual(['published']);
		expect(await own('a')).toEqual(['published']);
		expect(await own('nobody')).toEqual([]);
	});

	test('a contest within 30 days opens a closed report again, once per closing; later it is refused', async () => {
		const { database, reports, send, publish } = await start();
		const { id } = await send();
		await publish(id);
		const contest = (name = 'a') =>
			reports.act(
				{ report: id, act: 'contests', device: print(name), words: 'toujours là' },
				ADDRESS
			);
		const closed = { code: 'report_closed' };
		await expect(contest()).rejects.toMatchObject(closed);
		await setState(database, { report: id, state: 'fixed', now: (clock += 1_000) });
		expect(await contest()).toEqual({ counted: true });
		expect((await reports.one(id)).properties).toMatchObject({
			state: 'reopened',
			status: 'open',
			closedAt: null,
			contestUntil: null
		});
		expect(await contest()).toEqual({ counted: false });
		await setState(database, { report: id, state: 'fixed', now: (clock += 1_000) });
		expect(await contest()).toEqual({ counted: true });
		await setState(database, { report: id, state: 'fixed', now: (clock += 1_000) });
		clock += 30 * DAY_MS + 1;
		await expect(contest()).rejects.toMatchObject(closed);
		const { timeline = [] } = (await reports.one(id)).properties;
		expect(timeline.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
			'state received',
			'state fixed',
			'contested reopened',
			'state fixed',
			'contested reopened',
			'state fixed'
		]);
		expect(JSON.stringify(timeline)).not.toContain('toujours');
	});

	test('followers who took pushes are told of each step in the same transaction, others are not', async () => {
		const { database, reports, send, publish } = await start();
		const { id } = await send(aReport(), [], device('mine'));
		await publish(id);
		for (const name of ['mine', 'follower', 'stranger']) await subscribed(database.db, print(name));
		await reports.act({ report: id, act: 'follow', device: print('follower') }, ADDRESS);
		await setState(database, {
			report: id,
			state: 'planned',
			reason: 'Équipe prévue jeudi',
			expected: clock + DAY_MS,
			now: clock
		});
		const queued = await database.db.selectFrom('push_queue').selectAll().execute();
		expect(queued.map(({ device }) => device).sort()).toEqual(
			[print('mine'), print('follower')].sort()
		);
		expect(queued[0]?.notice).toContain('Équipe prévue jeudi');
		expect(queued[0]?.notice).toContain(`/signalement/${id}`);
		await reports.unfollow(id, print('follower'));
		await setState(database, { report: id, state: 'fixed', now: clock });
		const after = await database.db.selectFrom('push_queue').selectAll().execute();
		expect(after.filter(({ notice }) => notice.includes('Réparé'))).toHaveLength(1);
	});

	test('a follow link exports all that is kept, erases it, and opens nothing after', async () => {
		const { database, reports, files, send, publish } = await start();
		const { id, followToken } = await send(aReport({ contact }), [await aPhoto()], device('mine'));
		await expect(reports.mine(id, 'x'.repeat(22), ADDRESS)).rejects.toMatchObject({
			code: 'report_token_refused'
		});
		const mine = await reports.mine(id, followToken, ADDRESS);
		expect(await mine.export()).toMatchObject({
			contact,
			sent: { description: 'Un trou devant l’école' },
			visibility: 'unchecked',
			acts: [{ kind: 'follow' }]
		});
		await publish(id);
		await mine.erase();
		expect(files()).toEqual([]);
		const rows = JSON.stringify([
			await database.db.selectFrom('reports').selectAll().execute(),
			await database.db.selectFrom('report_marks').selectAll().execute(),
			await database.db.selectFrom('report_events').selectAll().execute()
		]);
		for (const gone of ['Dupont', 'jeanne', '0600000001', 'école', 'Capitole', print('mine')])
			expect(rows).not.toContain(gone);
		expect((await reports.one(id)).properties).toMatchObject({ description: '', photos: [] });
		await expect(reports.mine(id, followToken, ADDRESS)).rejects.toMatchObject({
			code: 'report_unknown'
		});
		const ledger = await database.db.selectFrom('report_ledger').selectAll().execute();
		expect(ledger).toMatchObject([{ report: id, what: 'erased_on_request' }]);
		await reports.close();
	});

	test('a report nobody has checked goes whole', async () => {
		const { database, reports, send } = await start();
		const { id, followToken } = await send();
		await (await reports.mine(id, followToken, ADDRESS)).erase();
		expect(await count(database, 'reports')).toBe(0);
		expect(await count(database, 'report_events')).toBe(0);
	});

	test('a contact leaves some time after closing, and the ledger says so', async () => {
		const { database, send } = await start();
		const { id } = await send(aReport({ contact }));
		await setState(database, { report: id, state: 'fixed', now: clock });
		expect(await purgeContacts(database, clock + CONTACT_DAYS * DAY_MS)).toBe(0);
		expect(await purgeContacts(database, clock + CONTACT_DAYS * DAY_MS + 1)).toBe(1);
		expect(await purgeContacts(database, clock + 2 * CONTACT_DAYS * DAY_MS)).toBe(0);
		const row = await database.db.selectFrom('reports').selectAll().executeTakeFirstOrThrow();
		expect([row.contact_name, row.contact_email, row.contact_phone]).toEqual([null, null, null]);
		const ledger = await database.db.selectFrom('report_ledger').selectAll().execute();
		expect(ledger).toMatchObject([{ report: id, what: 'contact_purged' }]);
	});

	test('erasing a device parts it from its reports and takes its marks', async () => {
		const { database, reports, send, publish } = await start();
		const { id } = await send(aReport({ contact }), [], device('mine'));
		await publish(id);
		await reports.act({ report: id, act: 'confirmations', device: print('mine') }, ADDRESS);
		await eraseDevice(database, print('mine'));
		expect((await reports.list({ ...LIMIT, device: print('mine') })).features).toEqual([]);
		expect((await reports.one(id)).properties.confirmations).toBe(0);
		const row = await database.db.selectFrom('reports').selectAll().executeTakeFirstOrThrow();
		expect(row).toMatchObject({ device: null, contact_name: null, contact_email: null });
	});

	test('a state that closes without doing anything owes a reason, a double names the other', async () => {
		const { database, send } = await start();
		const { id } = await send();
		const { id: of } = await send();
		const invalid = { code: 'report_invalid' };
		for (const state of ['closed_no_action', 'closed_not_ours', 'duplicate'] as const)
			await expect(setState(database, { report: id, state, now: clock })).rejects.toMatchObject(
				invalid
			);
		await setState(database, { report: id, state: 'duplicate', of, now: clock });
		await expect(
			setState(database, { report: 'none', state: 'fixed', now: clock })
		).rejects.toMatchObject({ code: 'report_unknown' });
	});

	test('what cannot be kept is refused, and leaves nothing', async () => {
		const { database, reports, files, send } = await start();
		const good = await aPhoto();
		const refused = async (code: string, ...given: Parameters<typeof send>) =>
			expect(await send(...given).catch((error: unknown) => error)).toMatchObject({ code });
		await refused('report_invalid', aReport({ category: 'licorne' }));
		await refused('report_invalid', aReport({ answers: {} }));
		await refused('too_many_photos', aReport(), [good, good, good, good]);
		await refused('photo_invalid', aReport(), [good, Buffer.from('<svg/>')]);
		await refused('report_key_mismatch', aReport(), [], { 'idempotency-key': 'other' });
		await refused('device_missing', aReport(), [], { 'capitoul-device': 'short' });
		expect(await count(database, 'reports')).toBe(0);
		expect(files()).toEqual([]);
		await reports.close();
	});

	test('a full disk is said as such, and nothing half stays', async () => {
		const { database, reports, files, send } = await start();
		const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
		const failing = vi.spyOn(database.db, 'transaction').mockImplementationOnce(() => {
			throw full;
		});
		await expect(send(aReport(), [await aPhoto()])).rejects.toMatchObject({ code: 'storage_full' });
		expect(failing).toHaveBeenCalled();
		expect(files()).toEqual([]);
		expect(await count(database, 'reports')).toBe(0);
		await reports.close();
	});
});

import type { Database } from '../database/database.ts';
import { see } from '../device/seen.ts';
import type { Outcome } from './outcome.ts';

/** One notice and the subscription it goes to. */
export interface Row {
	id: string;
	device: string;
	kind: string;
	notice: string;
	topic: string | null;
	urgency: string;
	expires_at: number;
	attempts: number;
	endpoint: string;
	p256dh: string;
	auth: string;
	locale: string;
}

/** Parameters of one statement: far below what either engine takes. */
const MANY = 500;
const DAY_MS = 86_400_000;
/** Apple answers 201 for phones long gone: one whose app was not opened for so long is gone. */
const UNUSED_MS = 60 * DAY_MS;

/** What is due, the oldest first. */
export async function dueRows({ db }: Database, now: number, limit: number): Promise<Row[]> {
	return db
		.selectFrom('push_queue as q')
		.innerJoin('push_subscriptions as s', 's.device', 'q.device')
		.where('q.due_at', '<=', now)
		.where('s.refused_at', 'is', null)
		.orderBy('q.due_at')
		.limit(limit)
		.select([
			'q.id',
			'q.device',
			'q.kind',
			'q.notice',
			'q.topic',
			'q.urgency',
			'q.expires_at',
			'q.attempts',
			's.endpoint',
			's.p256dh',
			's.auth',
			's.locale'
		])
		.execute();
}

/** Writes what became of many messages as one transaction: one wait for the disk. */
export async function settle(
	{ db }: Database,
	settled: readonly { row: Row; outcome: Outcome }[],
	now: number
): Promise<void> {
	const done = settled.filter(({ outcome }) => outcome.kind !== 'later').map(({ row }) => row.id);
	const reached = settled.filter(({ outcome }) => outcome.kind === 'sent');
	await db.transaction().execute(async (tx) => {
		await see({ db: tx }, [...new Set(reached.map(({ row }) => row.device))], now);
		for (let i = 0; i < done.length; i += MANY)
			await tx
				.deleteFrom('push_queue')
				.where('id', 'in', done.slice(i, i + MANY))
				.execute();
		for (const { row, outcome } of settled) {
			if (outcome.kind === 'later')
				await tx
					.updateTable('push_queue')
					.set({ due_at: outcome.at, attempts: row.attempts + (outcome.hold ? 0 : 1) })
					.where('id', '=', row.id)
					.execute();
			// Only the one that was asked: the phone may have a new one by now.
			if (outcome.kind === 'gone')
				await tx
					.deleteFrom('push_subscriptions')
					.where('device', '=', row.device)
					.where('endpoint', '=', row.endpoint)
					.execute();
			if (outcome.kind === 'refused')
				await tx
					.updateTable('push_subscriptions')
					.set({ refused_at: now })
					.where('device', '=', row.device)
					.where('endpoint', '=', row.endpoint)
					.execute();
		}
	});
}

/** Removes subscriptions of phones that were not seen for 60 days, and what nobody waits for any more. */
export async function purge({ db }: Database, now: number): Promise<void> {
	await db
		.deleteFrom('push_subscriptions')
		.where('seen_at', '<', now - UNUSED_MS)
		.execute();
	await db.deleteFrom('push_queue').where('expires_at', '<', now).execute();
	await db
		.deleteFrom('push_queue')
		.where('device', 'not in', (eb) => eb.selectFrom('push_subscriptions').select('device'))
		.execute();
}

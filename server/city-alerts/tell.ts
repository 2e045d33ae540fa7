import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { isQuiet } from '../../src/lib/alerts/hours.ts';
import {
	endsAt,
	infoFor,
	sentAt,
	severityOf,
	stands,
	titleOf,
	wakes,
	type CityAlert
} from '../../src/lib/city-alerts/alert.ts';
import type { Text } from '../../src/lib/text.ts';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/schema.ts';
import { enqueueForAll } from '../push/queue.ts';
import { quietOf } from './wishes.ts';

const DAY_MS = 24 * 3_600_000;
/** What was told is known for so long after it ended, should its sender repeat itself. */
const KNOWN_MS = 30 * DAY_MS;
/** Parameters of one statement: far below what either engine takes. */
const MANY = 500;

/**
 * Keeps what `alert/{id}` says now and queues it for the devices that asked, as one transaction: true where it was told. The
 * same id and `sent` are told once, whatever was restarted in between; an update that asks nothing new of anybody is not told.
 */
export async function keepAndTell(
	{ db }: Database,
	id: string,
	alert: CityAlert | undefined,
	now: number
): Promise<boolean> {
	return db.transaction().execute(async (tx) => {
		await tx.updateTable('city_alerts').set({ stands: 0 }).where('id', '=', id).execute();
		if (!alert || !stands(alert, now)) return false;
		const sent = sentAt(alert);
		const mark = markOf(alert);
		const last = await tx
			.selectFrom('city_alerts')
			.select('mark')
			.where('id', '=', id)
			.orderBy('at', 'desc')
			.limit(1)
			.executeTakeFirst();
		const row = { alert: JSON.stringify(alert), stands: 1, ends_at: endsAt(alert) };
		const { numUpdatedRows } = await tx
			.updateTable('city_alerts')
			.set(row)
			.where('id', '=', id)
			.where('sent', '=', sent)
			.executeTakeFirst();
		if (numUpdatedRows > 0n) return false;
		await tx
			.insertInto('city_alerts')
			.values({ id, sent, mark, at: now, ...row })
			.execute();
		if (alert.msgType === 'Update' && last?.mark === mark) return false;
		await tell(tx, alert, now);
		return true;
	});
}

/** What stood when the last run ended, for a broker that forgot it. */
export async function keptStanding({ db }: Database): Promise<CityAlert[]> {
	const rows = await db.selectFrom('city_alerts').select('alert').where('stands', '=', 1).execute();
	return rows.map(({ alert }) => JSON.parse(alert) as CityAlert);
}

export async function purgeCityAlerts({ db }: Database, now: number): Promise<void> {
	await db
		.deleteFrom('city_alerts')
		.where('ends_at', '<', now - KNOWN_MS)
		.execute();
}

async function tell(tx: Transaction<Tables>, alert: CityAlert, now: number): Promise<void> {
	const severity = severityOf(alert);
	const rows = await tx.selectFrom('city_alert_wishes').select('quiet').distinct().execute();
	const heard = rows
		.map(({ quiet }) => quiet)
		.filter((quiet) => wakes(severity) || !isQuiet(quietOf(quiet), now));
	const { title, body } = words(alert);
	const key = `${alert.id}/${alert.sent}`;
	for (let at = 0; at < heard.length; at += MANY)
		await enqueueForAll(
			tx,
			{
				kind: 'city',
				title,
				body,
				url: '/alertes',
				topic: print(alert.id),
				urgency: wakes(severity) ? 'high' : 'normal',
				ttl: Math.ceil(Math.min(DAY_MS, endsAt(alert) - now) / 1000)
			},
			key,
			tx
				.selectFrom('city_alert_wishes')
				.select('device')
				.where('quiet', 'in', heard.slice(at, at + MANY)),
			now
		);
}

/** The headline, then what happens and what to do. */
function words(alert: CityAlert): { title: Text; body: Text } {
	const [fr, en] = [infoFor(alert, 'fr'), infoFor(alert, 'en')];
	const body = (info = fr) =>
		[info?.description, info?.instruction].filter((part) => part !== undefined).join(' ');
	return {
		title: { fr: fr ? titleOf(fr) : '', en: en ? titleOf(en) : '' },
		body: { fr: body(fr), en: body(en) }
	};
}

const markOf = ({ info }: CityAlert) =>
	print(
		JSON.stringify(
			info.map(({ language, event, headline, severity, instruction, area }) => [
				language,
				event,
				headline,
				severity,
				instruction,
				area
			])
		)
	);

const print = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 24);

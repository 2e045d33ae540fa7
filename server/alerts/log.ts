import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { isQuiet } from '../../src/lib/alerts/hours.ts';
import type { Rule } from '../../src/lib/alerts/rule.ts';
import type { Text } from '../../src/lib/text.ts';
import type { Tables } from '../database/schema.ts';
import { enqueue } from '../push/queue.ts';

/** A list longer than this nobody reads. */
const MAX_KEPT = 200;
const HOUR_MS = 3_600_000;
/** More pushes in an hour are told together. */
const MAX_AN_HOUR = 10;
/** A number of the street is worth nothing an hour later. */
const TTL_S = 3_600;

/** What fired. */
export interface Fired {
	device: string;
	id: string;
	rule: Rule;
	name: Text;
	why: Text;
	value: number;
	now: number;
}

/** Writes what fired into the list and, outside quiet hours, the queue: both or neither, with the caller's transaction. */
export async function record(tx: Transaction<Tables>, fired: Fired): Promise<void> {
	const { device, id, rule, name, why, value, now } = fired;
	const url = `/lieu/${rule.entity}`;
	await tx
		.insertInto('alert_log')
		.values({
			id: randomUUID(),
			device,
			rule: id,
			entity: rule.entity,
			at: now,
			title: JSON.stringify(name),
			body: JSON.stringify(why),
			value,
			url
		})
		.execute();
	await tx
		.deleteFrom('alert_log')
		.where('id', 'in', (eb) =>
			eb
				.selectFrom('alert_log')
				.select('id')
				.where('device', '=', device)
				.orderBy('at', 'desc')
				.limit(1_000)
				.offset(MAX_KEPT)
		)
		.execute();
	if (isQuiet(rule.quiet, now)) return;
	const { count } = await tx
		.selectFrom('alert_log')
		.select((eb) => eb.fn.countAll<number>().as('count'))
		.where('device', '=', device)
		.where('at', '>', now - HOUR_MS)
		.executeTakeFirstOrThrow();
	const many = Number(count) > MAX_AN_HOUR;
	await enqueue(
		tx,
		{
			device,
			kind: 'rule',
			title: many ? { fr: 'Plusieurs alertes', en: 'Several alerts' } : name,
			body: many ? together(Number(count)) : why,
			url: many ? '/alertes' : url,
			topic: many ? 'many' : topicOf(device, id),
			urgency: 'high',
			ttl: TTL_S
		},
		now
	);
}

const together = (count: number): Text => ({
	fr: `${count} alertes en une heure. Ouvrez la liste pour les voir.`,
	en: `${count} alerts within an hour. Open the list to see them.`
});

/** A push service sees topics: this one says nothing of whose rule it is. */
const topicOf = (device: string, id: string) =>
	createHash('sha256').update(`${device}/${id}`).digest('base64url').slice(0, 24);

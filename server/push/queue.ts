import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder } from 'kysely';
import type { Text } from '../../src/lib/text.ts';
import type { Tables } from '../database/schema.ts';

/** RFC 8030, 5.3: what the phone's battery is worth. */
export type Urgency = 'very-low' | 'low' | 'normal' | 'high';

/** What is told to one device. */
export interface Notice {
	/** Hash of the device's secret, as `deviceOf` gives it. */
	device: string;
	/** The subject that tells it: `rule`, `report`, `city`. */
	kind: string;
	title: Text;
	body: Text;
	/** The page that opens, a path of ours: `/lieu/bike-toulouse-1`. */
	url: string;
	/**
	 * A newer notice of the same topic takes the place of an older one, in the queue, at the push service and on the screen.
	 * Letters, digits, `-` and `_`; at most 32 (RFC 8030, 5.4).
	 */
	topic?: string;
	urgency?: Urgency;
	/** Seconds after which it is worth nothing any more. */
	ttl: number;
}

/** The part of a notice that waits as JSON. */
export type Waiting = Pick<Notice, 'title' | 'body' | 'url'>;

const TOPIC = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Puts a notice in the queue, within the caller's own transaction: what it tells of is kept if and only if it is. It is sent
 * at least once, in the language of the subscription. Where the device has no subscription nothing waits: each subject also
 * shows what it tells in the app.
 */
export async function enqueue(db: Kysely<Tables>, notice: Notice, now = Date.now()): Promise<void> {
	const { device, kind, title, body, url, topic, urgency = 'normal', ttl } = notice;
	check(topic, url);
	const waiting: Waiting = { title, body, url };
	if (topic !== undefined)
		await db
			.deleteFrom('push_queue')
			.where('device', '=', device)
			.where('topic', '=', topic)
			.execute();
	await fill(
		db,
		{ notice: waiting, kind, topic, urgency, ttl },
		sql<string>`cast(${randomUUID()} as text)`,
		(devices) => devices.where('device', '=', device),
		now
	);
}

/**
 * The same for many devices at once, as one statement, however many they are. `key` names what is told: no device has it
 * twice in the queue.
 */
export async function enqueueForAll(
	db: Kysely<Tables>,
	notice: Omit<Notice, 'device'>,
	key: string,
	devices: SelectQueryBuilder<Tables, 'city_alert_wishes', { device: string }>,
	now: number
): Promise<void> {
	const { kind, title, body, url, topic, urgency = 'normal', ttl } = notice;
	check(topic, url);
	if (topic !== undefined)
		await db
			.deleteFrom('push_queue')
			.where('topic', '=', topic)
			.where('device', 'in', devices)
			.execute();
	await fill(
		db,
		{ notice: { title, body, url }, kind, topic, urgency, ttl },
		sql<string>`cast(${`${key}/`} as text) || device`,
		(subscriptions) => subscriptions.where('device', 'in', devices),
		now
	);
}

function check(topic: string | undefined, url: string): void {
	if (topic !== undefined && !TOPIC.test(topic)) throw new TypeError(`push topic "${topic}"`);
	if (!url.startsWith('/') || url.startsWith('//')) throw new TypeError(`push url "${url}"`);
}

type Subscriptions = SelectQueryBuilder<Tables, 'push_subscriptions', object>;

/** A row for each subscription that works, of those `chosen`. */
async function fill(
	db: Kysely<Tables>,
	told: { notice: Waiting; kind: string; topic: string | undefined; urgency: string; ttl: number },
	id: RawBuilder<string>,
	chosen: (subscriptions: Subscriptions) => Subscriptions,
	now: number
): Promise<void> {
	const { notice, kind, topic, urgency, ttl } = told;
	// Typed one by one: PostgreSQL takes a bare parameter of a select for text.
	await db
		.insertInto('push_queue')
		.columns([
			'id',
			'device',
			'kind',
			'notice',
			'topic',
			'urgency',
			'expires_at',
			'due_at',
			'attempts'
		])
		.expression(
			chosen(db.selectFrom('push_subscriptions').where('refused_at', 'is', null)).select([
				id.as('id'),
				'device',
				sql<string>`cast(${kind} as text)`.as('kind'),
				sql<string>`cast(${JSON.stringify(notice)} as text)`.as('notice'),
				sql<string | null>`cast(${topic ?? null} as text)`.as('topic'),
				sql<string>`cast(${urgency} as text)`.as('urgency'),
				sql<number>`cast(${now + ttl * 1000} as bigint)`.as('expires_at'),
				sql<number>`cast(${now} as bigint)`.as('due_at'),
				sql<number>`0`.as('attempts')
			])
		)
		.execute();
}

import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
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
	if (topic !== undefined && !TOPIC.test(topic)) throw new TypeError(`push topic "${topic}"`);
	if (!url.startsWith('/') || url.startsWith('//')) throw new TypeError(`push url "${url}"`);
	const waiting: Waiting = { title, body, url };
	if (topic !== undefined)
		await db
			.deleteFrom('push_queue')
			.where('device', '=', device)
			.where('topic', '=', topic)
			.execute();
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
		.expression((eb) =>
			eb
				.selectFrom('push_subscriptions')
				.where('device', '=', device)
				.where('refused_at', 'is', null)
				.select([
					sql<string>`cast(${randomUUID()} as text)`.as('id'),
					'device',
					sql<string>`cast(${kind} as text)`.as('kind'),
					sql<string>`cast(${JSON.stringify(waiting)} as text)`.as('notice'),
					sql<string | null>`cast(${topic ?? null} as text)`.as('topic'),
					sql<string>`cast(${urgency} as text)`.as('urgency'),
					sql<number>`cast(${now + ttl * 1000} as bigint)`.as('expires_at'),
					sql<number>`cast(${now} as bigint)`.as('due_at'),
					sql<number>`0`.as('attempts')
				])
		)
		.execute();
}

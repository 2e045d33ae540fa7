import * as v from 'valibot';
import {
	ALERT_ID,
	capSchema,
	MAX_ALERT_BYTES,
	type CityAlert
} from '../../src/lib/city-alerts/alert.ts';
import { AppError } from '../../src/lib/errors.ts';
import { levels } from '../../src/lib/topics.ts';
import type { Message } from '../broker/port.ts';
import { readPayload } from '../intake/payload.ts';

/** The `{id}` of `alert/{id}`. Throws `topic_invalid`. */
export function readAlertTopic(topic: string): string {
	const [kind, id = '', ...rest] = levels(topic) ?? [];
	if (kind !== 'alert' || rest.length > 0 || !ALERT_ID.test(id))
		throw new AppError('topic_invalid', 'the topic is alert/{id}, id in [A-Za-z0-9._-]');
	return id;
}

/**
 * Reads a message of `alert/+`; undefined: it was taken back. Throws an `AppError` whose code and detail go to `dead/`:
 * `topic_invalid`, `payload_too_large`, `payload_not_utf8`, `payload_not_json`, `alert_invalid`.
 */
export function readAlert({
	topic,
	payload
}: Pick<Message, 'topic' | 'payload'>): CityAlert | undefined {
	const id = readAlertTopic(topic);
	if (payload.length === 0) return undefined;
	if (payload.length > MAX_ALERT_BYTES)
		throw new AppError('payload_too_large', `an alert has at most ${MAX_ALERT_BYTES} bytes`);
	const parsed = v.safeParse(capSchema, readPayload(payload));
	if (!parsed.success) {
		const [issue] = parsed.issues;
		throw new AppError('alert_invalid', `${v.getDotPath(issue) ?? 'alert'}: ${issue.message}`);
	}
	return { id, ...parsed.output };
}

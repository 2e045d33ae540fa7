import { topics } from '#lib/topics.ts';
import { MAX_PAYLOAD_BYTES } from '#server/intake/raw.ts';
import { basicCredentials, readBody } from '#server/web/body.ts';
import { checkTopic, refusalOf } from '#server/web/raw.ts';
import type { RequestHandler } from './$types';

/**
 * One raw payload of a device that speaks HTTP. 202 once the broker has acknowledged it; an empty body removes the
 * entity. What cannot be read is told here, and still published, so that `dead/` shows it like any other.
 */
export const POST: RequestHandler = async ({ params, request, locals }) => {
	const { register, door } = locals.services;
	const { user, password } = basicCredentials(request.headers.get('authorization'));
	const topic = topics.raw(params.layer, params.id);
	checkTopic(register, topic);
	const payload = await readBody(request, MAX_PAYLOAD_BYTES);
	await door.publish(user, password, topic, payload);
	const refusal = refusalOf(register, topic, payload, Date.now());
	if (refusal) throw refusal;
	return Response.json({}, { status: 202, headers: { 'cache-control': 'no-store' } });
};

import * as v from 'valibot';
import { AppError } from '../../src/lib/errors.ts';
import type { Services } from '../city/services.ts';
import type { Act } from '../reports/acts.ts';
import { deviceOf } from '../device/device.ts';
import { readBody } from './body.ts';

interface Event {
	params: { id: string };
	request: Request;
	locals: { services: Services };
	getClientAddress: () => string;
}

const MAX_BYTES = 8 * 1024;
const bodySchema = v.object({ words: v.optional(v.pipe(v.string(), v.maxLength(1_000)), '') });

/** One act of a device on a public report; the body, if any, is `{"words": "…"}`. 201 the first time, 200 after. */
export async function takeAct(
	{ params, request, locals, getClientAddress }: Event,
	act: Act
): Promise<Response> {
	const device = deviceOf(request);
	const body = await readBody(request, MAX_BYTES);
	const words = body.length === 0 ? '' : wordsOf(body);
	const { reports } = locals.services;
	const { counted } = await reports.act(
		{ report: params.id, act, device, words },
		getClientAddress()
	);
	return Response.json(
		{ counted },
		{ status: counted ? 201 : 200, headers: { 'cache-control': 'no-store' } }
	);
}

function wordsOf(body: Buffer): string {
	let json: unknown;
	try {
		json = JSON.parse(body.toString('utf8'));
	} catch (error) {
		throw new AppError('payload_not_json', undefined, { cause: error });
	}
	const read = v.safeParse(bodySchema, json);
	if (!read.success) throw new AppError('report_invalid', 'words: at most 1,000 characters');
	return read.output.words;
}

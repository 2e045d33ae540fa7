import { AppError } from '../../src/lib/errors.ts';
import type { Services } from '../city/services.ts';
import { vapidKeys } from '../push/keys.ts';
import { deviceOf } from '../device/device.ts';
import { see } from '../device/seen.ts';
import { readBody } from './body.ts';

/** Rules and subscriptions are a few hundred bytes. */
const MAX_BODY_BYTES = 16 * 1024;

/** The JSON body of a request that belongs to a device. Throws `payload_too_large`, `payload_not_json`. */
export async function readJson(request: Request): Promise<unknown> {
	const body = await readBody(request, MAX_BODY_BYTES);
	try {
		return JSON.parse(body.toString('utf8')) as unknown;
	} catch {
		throw new AppError('payload_not_json');
	}
}

/** Whose request it is, noted as here today. Throws `device_missing`. */
export async function ownDevice(
	request: Request,
	{ database }: Pick<Services, 'database'>
): Promise<string> {
	const device = deviceOf(request);
	await see(database, [device], Date.now());
	return device;
}

const PRIVATE = { 'cache-control': 'no-store', vary: 'Capitoul-Device' };

/** An answer that belongs to one device: kept by nobody on the way. */
export const own = (body: unknown, status = 200): Response =>
	Response.json(body, { status, headers: PRIVATE });

/** Done, and there is nothing to say. */
export const done = (): Response => new Response(null, { status: 204, headers: PRIVATE });

const keys = new WeakMap<object, Promise<string>>();

/** The public key phones subscribe with: read once per process, as it never changes while it runs. */
export function pushKey({
	config,
	database
}: Pick<Services, 'config' | 'database'>): Promise<string> {
	let key = keys.get(database);
	if (!key) {
		key = vapidKeys(config, database).then(({ publicKey }) => publicKey);
		keys.set(database, key);
		key.catch(() => keys.delete(database));
	}
	return key;
}

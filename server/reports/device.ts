import { randomBytes } from 'node:crypto';
import type { Cookies } from '@sveltejs/kit';
import { deviceOf } from '../device/device.ts';

/** Whose request it is, or undefined where it names no device. Throws `device_missing` for a secret that is none. */
export const optionalDevice = (request: Pick<Request, 'headers'>): string | undefined =>
	request.headers.has('capitoul-device') ? deviceOf(request) : undefined;

const COOKIE = 'signalements';
/** As long as browsers keep one. */
const AGE_S = 400 * 86_400;

/**
 * The device of a browser that only sends forms: a random secret in a cookie that leaves for the pages of reports alone,
 * made at the first act and never before. It says nothing of anybody and is read by no script.
 */
export function formDevice(cookies: Cookies, secure: boolean): string {
	const kept = cookies.get(COOKIE);
	const secret =
		kept !== undefined && /^[\w-]{22}$/.test(kept) ? kept : randomBytes(16).toString('base64url');
	cookies.set(COOKIE, secret, {
		path: '/signalement',
		httpOnly: true,
		sameSite: 'lax',
		secure,
		maxAge: AGE_S
	});
	return deviceOf(new Request('http://localhost', { headers: { 'capitoul-device': secret } }));
}

import { createHash } from 'node:crypto';
import { AppError } from '../../src/lib/errors.ts';

/** 128 bits in base64url are 22 characters; a client may send more. */
const SECRET = /^[A-Za-z0-9_-]{22,64}$/;

/**
 * Whose request it is: the SHA-256 of the secret in `Capitoul-Device`. Only this is ever stored, so that nobody who reads
 * the database can ask as a device. Throws `device_missing`.
 */
export function deviceOf({ headers }: Pick<Request, 'headers'>): string {
	const secret = headers.get('capitoul-device');
	if (secret === null || !SECRET.test(secret)) throw new AppError('device_missing');
	return createHash('sha256').update(secret).digest('base64url');
}

import { createCipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';

/** What a browser gave with its subscription, base64url. */
export interface Keys {
	p256dh: string;
	auth: string;
}

/** RFC 8291, 4: a push service may refuse a body above 4096 bytes; this much is left for the text. */
export const MAX_PLAIN_BYTES = 4096 - 16 - 4 - 1 - 65 - 1 - 16;

const AUTH_INFO = Buffer.from('WebPush: info\0');
const KEY_INFO = Buffer.from('Content-Encoding: aes128gcm\0\u0001');
const NONCE_INFO = Buffer.from('Content-Encoding: nonce\0\u0001');
const ONE = Buffer.from([1]);
/** RFC 8188, 2: the one record is the last. */
const LAST = Buffer.from([2]);

const hmac = (key: Buffer, ...parts: Buffer[]) => {
	const mac = createHmac('sha256', key);
	for (const part of parts) mac.update(part);
	return mac.digest();
};

/**
 * The body of a push message (RFC 8291, `aes128gcm`), readable by that browser alone: a key pair and salt of its own each
 * time. Throws where the keys are not a P-256 point and 16 bytes, or the text is longer than `MAX_PLAIN_BYTES`.
 */
export function encrypt({ p256dh, auth }: Keys, plain: Buffer): Buffer {
	if (plain.length > MAX_PLAIN_BYTES) throw new RangeError(`${plain.length} bytes of text`);
	const theirs = Buffer.from(p256dh, 'base64url');
	const secret = Buffer.from(auth, 'base64url');
	if (secret.length !== 16) throw new RangeError('auth is not 16 bytes');
	if (theirs.length !== 65) throw new RangeError('p256dh is not an uncompressed point');
	const pair = createECDH('prime256v1');
	const ours = pair.generateKeys();
	const salt = randomBytes(16);
	const shared = hmac(secret, pair.computeSecret(theirs));
	const prk = hmac(salt, hmac(shared, AUTH_INFO, theirs, ours, ONE));
	const cipher = createCipheriv(
		'aes-128-gcm',
		hmac(prk, KEY_INFO).subarray(0, 16),
		hmac(prk, NONCE_INFO).subarray(0, 12)
	);
	const header = Buffer.allocUnsafe(21);
	salt.copy(header);
	header.writeUInt32BE(4096, 16);
	header[20] = ours.length;
	return Buffer.concat([
		header,
		ours,
		cipher.update(plain),
		cipher.update(LAST),
		cipher.final(),
		cipher.getAuthTag()
	]);
}

/** Whether a message can be encrypted to these keys at all. */
export function areKeys(keys: Keys): boolean {
	try {
		encrypt(keys, Buffer.alloc(0));
		return true;
	} catch {
		return false;
	}
}

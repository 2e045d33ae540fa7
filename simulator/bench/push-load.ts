import { createECDH, randomBytes } from 'node:crypto';

/** A sentence as long as a real one. */
export const PUSH_BODY = '2 vélos, moins que votre seuil de 3 vélos, depuis 12 min, à 8 h 02.';

// A few browsers stand for all: making ten thousand key pairs is not what is measured.
const made = Array.from({ length: 16 }, () => ({
	p256dh: createECDH('prime256v1').generateKeys('base64url'),
	auth: randomBytes(16).toString('base64url')
}));

/** The keys of the n-th browser. */
export function pushKeys(n: number): { p256dh: string; auth: string } {
	const keys = made[n % made.length];
	if (!keys) throw new Error('no keys');
	return keys;
}

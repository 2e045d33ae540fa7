import { inDatabase } from './store.ts';

/** The header that carries this phone's secret, only to our own server and only where an answer belongs to this phone. */
export const DEVICE_HEADER = 'Capitoul-Device';

const KEY = 'device';

/** 128 random bits in base64url: a name nobody can guess and that says nothing of anybody. */
export function makeSecret(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return btoa(String.fromCharCode(...bytes))
		.replaceAll('+', '-')
		.replaceAll('/', '_')
		.replaceAll('=', '');
}

/** This phone's secret, made at the first call and kept. Rejects where the phone keeps nothing: without it, no answer could be found again. */
export const deviceSecret = (): Promise<string> =>
	inDatabase(async (db) => {
		// One transaction: two tabs that ask at once get the same one.
		const tx = db.transaction('own', 'readwrite');
		const kept = await tx.store.get(KEY);
		const secret = typeof kept === 'string' ? kept : makeSecret();
		if (secret !== kept) await tx.store.put(secret, KEY);
		await tx.done;
		return secret;
	});

/** The secret if there is one already: a phone that never asked for anything of its own has none. */
export const knownSecret = (): Promise<string | undefined> =>
	inDatabase(async (db) => {
		const kept = await db.get('own', KEY);
		return typeof kept === 'string' ? kept : undefined;
	}).catch(() => undefined);

/** Forgets the secret, once the server has erased what belonged to it: the next one is somebody new. */
export const forgetSecret = (): Promise<void> => inDatabase((db) => db.delete('own', KEY));

import { DEVICE_HEADER, knownSecret } from './device.ts';

const ASK_MS = 10_000;

/** Has the server erase all it holds of this phone. False where it could not be told; a phone it never knew needs no word. */
export async function forgetMe(fetch = globalThis.fetch): Promise<boolean> {
	const secret = await knownSecret();
	if (secret === undefined) return true;
	try {
		const { ok } = await fetch('/api/v1/device', {
			method: 'DELETE',
			headers: { [DEVICE_HEADER]: secret },
			signal: AbortSignal.timeout(ASK_MS)
		});
		return ok;
	} catch {
		return false;
	}
}

import { OUTBOX, sendWaiting } from './outbox.ts';

/** A timer may be set no farther ahead than this; a phone that slept looks again anyway. */
const LONGEST_TIMER_MS = 15 * 60_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let under: Promise<void> | undefined;
let again = false;

/**
 * Sends what waits, now. Calls while it sends make one more round afterwards. Never rejects: what cannot leave waits, and
 * the queue says so.
 */
export function sendNow(eager = true): Promise<void> {
	if (under) {
		again ||= eager;
		return under;
	}
	under = (async () => {
		clearTimeout(timer);
		let back = await sendWaiting(eager).catch(() => Date.now() + LONGEST_TIMER_MS);
		while (again) {
			again = false;
			back = await sendWaiting(true).catch(() => Date.now() + LONGEST_TIMER_MS);
		}
		if (back !== undefined)
			timer = setTimeout(
				() => void sendNow(false),
				Math.min(LONGEST_TIMER_MS, Math.max(0, back - Date.now()))
			);
	})().finally(() => (under = undefined));
	return under;
}

/** Asks the browser to wake the worker once there is a network, even with every tab closed. Safari and Firefox cannot. */
export async function sendLater(): Promise<void> {
	const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
	const { sync } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
	await sync?.register(OUTBOX).catch(() => {}); // the person may have forbidden it
}

/** A page's part: sends at start, when the network is back and when the app is looked at again. Returns what stops it. */
export function keepSending(): () => void {
	const stop = new AbortController();
	const { signal } = stop;
	const go = () => void sendNow();
	addEventListener('online', go, { signal });
	document.addEventListener('visibilitychange', () => !document.hidden && go(), { signal });
	signal.addEventListener('abort', () => clearTimeout(timer));
	go();
	return () => stop.abort();
}

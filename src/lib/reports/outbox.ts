import { deviceSecret } from '../offline/device.ts';
import { attempt } from './attempt.ts';
import { allRows, outboxRows } from './outbox-rows.ts';
import { sendAll } from './send.ts';

/** Name of the lock, of the channel and of the background sync. */
export const OUTBOX = 'capitoul-outbox';

/** Tells every tab that the queue is not what it was. */
export function tellChanged(): void {
	const channel = new BroadcastChannel(OUTBOX);
	channel.postMessage('changed');
	channel.close();
}

/**
 * Sends what waits, from a page or from the worker; one sender at a time, whoever asks. Resolves with when to come back
 * (ms), or undefined where nothing waits. Rejects where the phone's memory does not answer.
 */
export async function sendWaiting(eager: boolean): Promise<number | undefined> {
	if ((await allRows()).every(({ state }) => state === 'refused')) return undefined;
	const device = await deviceSecret();
	const now = () => Date.now();
	const run = () =>
		sendAll(
			{
				rows: outboxRows,
				attempt: (row) => attempt(row, { fetch: (...args) => fetch(...args), device, now }),
				online: () => navigator.onLine,
				now,
				random: Math.random,
				changed: tellChanged
			},
			eager
		);
	// Pages that are not secure have no locks; there the server's own « once » is all there is.
	const { locks } = navigator as { locks?: LockManager };
	return locks ? locks.request(OUTBOX, run) : run();
}

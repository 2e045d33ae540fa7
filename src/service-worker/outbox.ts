import { OUTBOX, sendWaiting } from '../lib/reports/outbox.ts';

/** Background Sync, which TypeScript's library does not know. */
interface SyncEvent extends ExtendableEvent {
	readonly tag: string;
}

/** Sends the reports that wait once the browser says there is a network, with or without a tab open. */
export function sendOnSync(sw: ServiceWorkerGlobalScope): void {
	sw.addEventListener('sync', (event) => {
		const { tag } = event as SyncEvent;
		if (tag === OUTBOX) (event as SyncEvent).waitUntil(sendOrAskAgain());
	});
}

/** A rejection is how a worker asks the browser to wake it once more. */
async function sendOrAskAgain(): Promise<void> {
	const back = await sendWaiting(true);
	if (back !== undefined) throw new Error('reports still wait');
}

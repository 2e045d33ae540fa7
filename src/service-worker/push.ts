import { putSubscription, readKey } from '../lib/alerts/api.ts';
import { knownSecret } from '../lib/offline/device.ts';
import { readMessage } from './message.ts';

/** Shows what is pushed, opens its page at a press, and keeps the subscription alive. */
export function handlePush(sw: ServiceWorkerGlobalScope): void {
	sw.addEventListener('push', (event) => {
		// A browser takes away the right to push from an app that shows nothing: what cannot be read is shown too.
		const { title, options } = readMessage(event.data?.text());
		event.waitUntil(sw.registration.showNotification(title, options));
	});

	sw.addEventListener('notificationclick', (event) => {
		event.notification.close();
		const { url } = (event.notification.data ?? {}) as { url?: unknown };
		event.waitUntil(open(sw, typeof url === 'string' ? url : '/alertes'));
	});

	sw.addEventListener('pushsubscriptionchange', (event) => {
		event.waitUntil(renew(sw, event));
	});
}

interface PushSubscriptionChangeEvent extends ExtendableEvent {
	readonly newSubscription?: PushSubscription | null;
}

/** The page in a window that is open already, else in a new one; without a network the shell answers. */
async function open(sw: ServiceWorkerGlobalScope, url: string): Promise<void> {
	const windows = await sw.clients.matchAll({ type: 'window' });
	const [window] = windows;
	if (!window) return void (await sw.clients.openWindow(url));
	// Only a window of this worker can be led elsewhere.
	const led = await window.navigate(url).catch(() => null);
	if (led) await led.focus().catch(() => {});
	else await sw.clients.openWindow(url);
}

/** The push service gave another endpoint, or wants the old one made again: with the key of today, in the same language. */
async function renew(
	sw: ServiceWorkerGlobalScope,
	{ newSubscription }: PushSubscriptionChangeEvent
): Promise<void> {
	// Erased meanwhile: a phone without a name asked for nothing, and is given none here.
	if ((await knownSecret()) === undefined) return;
	const subscription =
		newSubscription ??
		(await sw.registration.pushManager.subscribe({
			userVisibleOnly: true,
			applicationServerKey: await readKey()
		}));
	await putSubscription(subscription.toJSON());
}

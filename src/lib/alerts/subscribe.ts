import { putSubscription, readKey, removeSubscription, Refused } from './api.ts';

/** How this browser stands to push: it cannot, only from the home screen (iOS), not asked yet, refused, or allowed. */
export type Permission = 'unable' | 'home-screen' | 'ask' | 'denied' | 'granted';

/** Asked on the phone, nothing is sent. */
export function permission(): Permission {
	const able = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
	if (!able) return isIos() ? 'home-screen' : 'unable';
	const state = Notification.permission;
	return state === 'default' ? 'ask' : state;
}

const isIos = () =>
	/iPhone|iPad|iPod/.test(navigator.userAgent) ||
	// An iPad that says it is a Mac has fingers all the same.
	(navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1);

/** Chromium without a network never answers `subscribe`. */
const PATIENCE_MS = 10_000;

/**
 * Asks the person (only from their press), subscribes with the city's key and tells our server. Throws `Refused`: `denied`,
 * `push_failed` where the browser or its push service does not answer, or what our server said.
 */
export async function subscribe(locale: string): Promise<void> {
	if ((await Notification.requestPermission()) !== 'granted') throw new Refused('denied');
	const key = await readKey();
	const subscription = await subscribeWith(key);
	await putSubscription(subscription.toJSON(), locale);
}

/** Whether the browser still holds a subscription: it was allowed here and not silenced since. */
export async function isSubscribed(): Promise<boolean> {
	const registration = await navigator.serviceWorker.getRegistration();
	const standing = await registration?.pushManager.getSubscription();
	return standing !== null && standing !== undefined;
}

/** Subscribes with this key, in the place of a subscription made with another. */
async function subscribeWith(key: string): Promise<PushSubscription> {
	const registration = await inTime(navigator.serviceWorker.ready);
	const standing = await inTime(registration.pushManager.getSubscription());
	if (standing && keyOf(standing) !== key) await inTime(standing.unsubscribe());
	else if (standing) return standing;
	return inTime(
		registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
	);
}

/** Tells our server to send nothing more, then the browser; without a network the browser alone, which is enough. */
export async function unsubscribe(): Promise<void> {
	const told = removeSubscription().catch(() => {});
	const registration = await navigator.serviceWorker.getRegistration();
	const standing = await registration?.pushManager.getSubscription();
	await standing?.unsubscribe();
	await told;
}

const keyOf = ({ options }: PushSubscription) =>
	btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0))))
		.replaceAll('+', '-')
		.replaceAll('/', '_')
		.replaceAll('=', '');

async function inTime<T>(work: Promise<T>): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Refused('push_failed')), PATIENCE_MS);
	});
	try {
		return await Promise.race([work, late]);
	} catch {
		throw new Refused('push_failed');
	} finally {
		clearTimeout(timer);
	}
}

/**
 * What the browser answered: it keeps our data whatever happens (`kept`), it may delete them when room lacks (`refused`),
 * or it has no word for it (`unknown`).
 */
export type Stay = 'kept' | 'refused' | 'unknown';

/** Firefox asks the person, who may never answer. */
const ASK_MS = 30_000;

/**
 * Asks the browser to keep what this phone holds. For the moments when something only this phone has was just kept (a
 * favourite, a draft): browsers weigh the request by what was done before. Never rejects; asking again costs nothing.
 */
export async function askToStay(): Promise<Stay> {
	const before = await stays();
	if (before !== 'refused') return before;
	const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), ASK_MS));
	const granted = navigator.storage.persist().catch(() => false);
	return (await Promise.race([granted, late])) ? 'kept' : 'refused';
}

/** What stands now, without asking. Never rejects. */
export async function stays(): Promise<Stay> {
	// Missing on pages that are not secure, whatever the types say.
	const storage = 'storage' in navigator ? (navigator.storage as Partial<StorageManager>) : {};
	if (!storage.persisted || !storage.persist) return 'unknown';
	try {
		return (await navigator.storage.persisted()) ? 'kept' : 'refused';
	} catch {
		return 'unknown';
	}
}

/**
 * On an iPhone outside the home screen all that a site keeps is deleted after seven days without a visit, whatever it asked
 * (WebKit, « Full Third-Party Cookie Blocking and More », 2020); an app of the home screen has its own count.
 */
export const sevenDaysOnly = (): boolean => onIos() && !installed();

/** An iPhone or an iPad; the latter says it is a Mac, with a screen one touches. */
export const onIos = (): boolean =>
	/iPhone|iPad|iPod/.test(navigator.userAgent) ||
	(navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1);

/** Opened from the home screen, in a window of its own. */
export const installed = (): boolean =>
	matchMedia('(display-mode: standalone)').matches ||
	(navigator as { standalone?: boolean }).standalone === true;

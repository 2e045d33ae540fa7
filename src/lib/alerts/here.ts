import { MyAlerts } from './alerts.svelte.ts';
import { keptAlerts } from './kept.ts';

const DAY_MS = 86_400_000;

/**
 * Tells the server once a day that this phone is still here, whichever page is opened: what it asked for would be given up
 * otherwise. The answer is kept, a lost subscription made again. A phone that never asked for anything tells nobody.
 */
export async function sayHere(locale: string): Promise<void> {
	const kept = await keptAlerts();
	if (!kept || Date.now() - kept.savedAt < DAY_MS) return;
	await new MyAlerts().start(locale);
}

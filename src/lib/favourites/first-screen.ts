import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import type { Favourites } from './favourites.svelte.ts';

/** What decides where the app opens. */
export interface Opening {
	/** Path and query of the page that was opened. */
	address: string;
	/** How it was: typed or followed (`navigate`), or gone back to or reloaded. */
	how: string | undefined;
	/** It comes from another page of ours: who asked for the list wants the list. */
	fromUs: boolean;
	/** The installed app just began (`start_url`). */
	begun: boolean;
	favourites: number;
}

/**
 * Where to go from the page that was opened: « Mes lieux » comes first once there is one, and the installed app, which
 * begins there, shows the city while there is none. Undefined: stay.
 */
export function firstScreen(opening: Opening): '/mes-lieux' | '/' | undefined {
	const { address, how, fromUs, begun, favourites } = opening;
	if (begun) return favourites === 0 ? '/' : undefined;
	if (address !== '/' || how !== 'navigate' || fromUs) return undefined;
	return favourites > 0 ? '/mes-lieux' : undefined;
}

/** Browser only, once: shows the first screen, unless the person already has a hand on this one. Never rejects. */
export async function openMine(favourites: Favourites): Promise<void> {
	let touched = false;
	const hand = new AbortController();
	for (const kind of ['pointerdown', 'keydown', 'wheel'])
		addEventListener(kind, () => (touched = true), { signal: hand.signal, passive: true });
	const { pathname, search, hash, origin } = location;
	await favourites.loaded();
	hand.abort();
	if (touched || location.pathname !== pathname) return;
	const [entry] = performance.getEntriesByType('navigation');
	const to = firstScreen({
		address: pathname + search + hash,
		how: (entry as PerformanceNavigationTiming | undefined)?.type,
		fromUs: document.referrer.startsWith(`${origin}/`),
		begun: new URLSearchParams(search).has('depart') && pathname === '/mes-lieux',
		favourites: favourites.list.length
	});
	if (to) await goto(resolve(to), { replaceState: true }).catch(() => {});
}

import { resolve } from '$app/paths';
import { m } from '#lib/paraglide/messages.js';

/** An entry of the navigation, at most five of them: a thumb finds no sixth on a screen of 360 px. */
export interface Tab {
	href: string;
	/** A drawing of `Sprite.svelte`. */
	icon: string;
	name: () => string;
	/** Other addresses of the same subject: there the entry is marked too. */
	also?: RegExp;
}

/** In the order of the thumb. A new subject is a line here, once its page is there. */
export const tabs: readonly Tab[] = [
	{ href: resolve('/mes-lieux'), icon: 'star', name: m.nav_mine },
	{ href: resolve('/'), icon: 'compass', name: m.nav_around },
	{ href: resolve('/signaler'), icon: 'megaphone', name: m.report_nav, also: /^\/signale/ },
	{
		href: resolve('/alertes'),
		icon: 'bell',
		name: m.nav_alerts,
		also: /^\/lieu\/[^/]+\/alerte$/
	},
	{ href: resolve('/a-propos'), icon: 'settings-2', name: m.nav_about, also: /^\/a-propos\// }
];

/** What a screen reader is told of the entry: the page one is on, a page of its subject, or nothing. */
export function currentTab(tab: Tab, pathname: string): 'page' | 'true' | undefined {
	if (pathname === tab.href) return 'page';
	return tab.also?.test(pathname) ? 'true' : undefined;
}

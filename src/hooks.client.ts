import type { ClientInit } from '@sveltejs/kit';
import { getLocale, overwriteGetLocale } from '#lib/paraglide/runtime.js';

/** Settles the language of this visit before anything is drawn; choosing another one starts the page again. */
export const init: ClientInit = () => {
	// Paraglide would read the cookie and parse the address again for every single message of a list.
	const locale = getLocale();
	overwriteGetLocale(() => locale);
	// The shell was made before anyone chose a language. Saying the same again would have the whole page styled anew.
	const { documentElement } = document;
	if (documentElement.lang !== locale) documentElement.lang = locale;
};

import type { ClientInit } from '@sveltejs/kit';
import { getLocale, overwriteGetLocale } from '#lib/paraglide/runtime.js';

/** Settles the language of this visit before anything is drawn; choosing another one starts the page again. */
export const init: ClientInit = () => {
	// Paraglide reads the cookie for every single message, which is a third of the time a list takes to draw.
	const locale = getLocale();
	overwriteGetLocale(() => locale);
	// The shell was made before anyone chose a language.
	document.documentElement.lang = locale;
};

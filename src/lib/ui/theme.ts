/** How the person wants the app: as their phone, light or dark. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const COOKIE = 'theme';
const YEAR_S = 365 * 86_400;

/** The choice kept in a cookie's text; `auto` where none is. */
export function readTheme(cookies: string): Theme {
	const value = /(?:^|;\s*)theme=(\w+)/.exec(cookies)?.[1];
	return THEMES.find((theme) => theme === value) ?? 'auto';
}

/** Puts the kept choice on `<html>`; the server does the same for the first HTML. */
export function showTheme(): void {
	document.documentElement.dataset['theme'] = readTheme(document.cookie);
}

/** Keeps the choice for a year and shows it at once. */
export function chooseTheme(theme: Theme): void {
	document.cookie = `${COOKIE}=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
	showTheme();
}

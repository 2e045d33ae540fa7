/** A word or sentence in each language the app speaks. Kept beside what it names, so that a layer stays one folder. */
export interface Text {
	fr: string;
	en: string;
}

export type Locale = keyof Text;

/** A noun that follows a number: « 1 vélo », « 2 vélos ». */
export interface Noun {
	fr: { one: string; other: string };
	en: { one: string; other: string };
}

/** The form of `noun` that goes with `count`, by the language's own rule (in French, 0 and 1.5 take the singular). */
export function plural(noun: Noun, count: number, locale: Locale): string {
	const form = new Intl.PluralRules(locale).select(count) === 'one' ? 'one' : 'other';
	return noun[locale][form];
}

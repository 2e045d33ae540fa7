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

const ENTITIES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;'
};

/** Words put into markup as text or between double quotes. */
export const escaped = (text: string): string =>
	text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);

// Making one costs a thousand times its use, and a list of a hundred places asks for two hundred.
const rules = new Map<Locale, Intl.PluralRules>();

/** The form of `noun` that goes with `count`, by the language's own rule (in French, 0 and 1.5 take the singular). */
export function plural(noun: Noun, count: number, locale: Locale): string {
	let rule = rules.get(locale);
	if (!rule) rules.set(locale, (rule = new Intl.PluralRules(locale)));
	const form = rule.select(count) === 'one' ? 'one' : 'other';
	return noun[locale][form];
}

import type { Attribute } from '../layers/define-layer.ts';
import { plural, type Locale, type Text } from '../text.ts';
import { wallClock } from '../time.ts';
import type { Rule } from './rule.ts';

// The sentences of alerts, in plain TypeScript: the server that sends them and the phone that shows a rule say the same.

/** « 7 vélos », « 42 µg/m³ », « 80 % », « 12 ». */
export function quantity(value: number, attribute: Attribute, locale: Locale): string {
	const { unit, noun, resolution = 1 } = attribute;
	if (isShare(attribute))
		return `${figure(value * 100, 1, locale)}${locale === 'fr' ? '\u00a0' : ''}%`;
	const said = figure(value, resolution, locale);
	if (noun) return `${said} ${plural(noun, value, locale)}`;
	return unit === '' ? said : `${said} ${unit}`;
}

/** Shown in percent: a number between 0 and 1 without a unit. */
export const isShare = ({ unit, noun, resolution = 1, range }: Attribute): boolean =>
	unit === '' && noun === undefined && resolution < 1 && range?.max === 1;

function figure(value: number, resolution: number, locale: Locale): string {
	const digits = Math.max(0, Math.ceil(-Math.log10(resolution)));
	return new Intl.NumberFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', {
		maximumFractionDigits: digits
	}).format(value);
}

/** « il y a moins de 3 vélos », « Ozone : plus de 120 µg/m³ ». */
export function condition(rule: Pick<Rule, 'op' | 'value'>, attribute: Attribute, locale: Locale) {
	const said = quantity(rule.value, attribute, locale);
	const than = {
		below: { fr: `moins de ${said}`, en: `fewer than ${said}` },
		above: { fr: `plus de ${said}`, en: `more than ${said}` }
	}[rule.op];
	if (attribute.noun) return locale === 'fr' ? `il y a ${than.fr}` : `there are ${than.en}`;
	const label = attribute.label[locale];
	const en = rule.op === 'below' ? `below ${said}` : `above ${said}`;
	return locale === 'fr' ? `${label} : ${than.fr}` : `${label} is ${en}`;
}

const DAYS: Readonly<Record<Locale, readonly string[]>> = {
	fr: ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'],
	en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
};

export const dayName = (day: number, locale: Locale): string => DAYS[locale][day - 1] ?? '';

/** « tous les jours », « du lundi au vendredi », « le samedi et le dimanche ». */
export function daysWords(days: readonly number[], locale: Locale): string {
	const fr = locale === 'fr';
	if (days.length === 7) return fr ? 'tous les jours' : 'every day';
	const [first = 1] = days;
	const last = days.at(-1) ?? first;
	if (days.length > 2 && last - first === days.length - 1)
		return fr
			? `du ${dayName(first, locale)} au ${dayName(last, locale)}`
			: `${dayName(first, locale)} to ${dayName(last, locale)}`;
	const names = days.map((day) => (fr ? `le ${dayName(day, locale)}` : dayName(day, locale)));
	const end = names.pop() ?? '';
	return names.length === 0 ? end : `${names.join(', ')} ${fr ? 'et' : 'and'} ${end}`;
}

/** « 7 h 30 », « 07:30 ». */
export function clockWords(time: string, locale: Locale): string {
	if (locale === 'en') return time;
	const [hour = '0', minute = '00'] = time.split(':');
	// One figure: it is not to be cut at the end of a line.
	return minute === '00' ? `${Number(hour)}\u00a0h` : `${Number(hour)}\u00a0h\u00a0${minute}`;
}

/** « toute la journée », « de 7 h 30 à 9 h ». */
export function hoursWords({ from, to }: Pick<Rule, 'from' | 'to'>, locale: Locale): string {
	if (from === to) return locale === 'fr' ? 'toute la journée' : 'all day';
	const [a, b] = [clockWords(from, locale), clockWords(to, locale)];
	return locale === 'fr' ? `de ${a} à ${b}` : `from ${a} to ${b}`;
}

/** The whole rule as one sentence, as the form shows it while it is being made. */
export function ruleWords(rule: Rule, attribute: Attribute, locale: Locale): string {
	const what = condition(rule, attribute, locale);
	const long =
		rule.forMinutes === 0
			? ''
			: locale === 'fr'
				? ` pendant ${rule.forMinutes} min`
				: ` for ${rule.forMinutes} min`;
	const when = `${daysWords(rule.days, locale)}, ${hoursWords(rule, locale)}`;
	if (locale === 'en') return `Tell me if ${lowerFirst(what, attribute)}${long}, ${when}.`;
	return attribute.noun
		? `Prévenez-moi s’${what}${long}, ${when}.`
		: `Prévenez-moi si : ${what}${long}, ${when}.`;
}

// « O3 » and « PM10 » stay as they are; « Temperature » within a sentence does not.
const lowerFirst = (text: string, { noun }: Attribute) =>
	noun || /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** Why an alert came, one sentence in each language: the value, the threshold, since when. */
export function why(
	rule: Rule,
	attribute: Attribute,
	said: { value: number; since: number; now: number; simulated: boolean }
): Text {
	const one = (locale: Locale) => {
		const fr = locale === 'fr';
		const value = quantity(said.value, attribute, locale);
		const limit = quantity(rule.value, attribute, locale);
		const than =
			rule.op === 'below'
				? fr
					? `moins que votre seuil de ${limit}`
					: `below your limit of ${limit}`
				: fr
					? `plus que votre seuil de ${limit}`
					: `above your limit of ${limit}`;
		const minutes = Math.floor((said.now - said.since) / 60_000);
		const { hour, minute } = wallClock(said.now);
		const at = clockWords(
			`${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`,
			locale
		);
		const since =
			minutes < 1
				? fr
					? `à ${at}`
					: `at ${at}`
				: fr
					? `depuis ${minutes} min, à ${at}`
					: `for ${minutes} min, at ${at}`;
		const label = attribute.noun ? '' : `${attribute.label[locale]}${fr ? ' : ' : ': '}`;
		const invented = said.simulated ? (fr ? ' (valeur simulée)' : ' (simulated value)') : '';
		return `${label}${value}, ${than}, ${since}${invented}.`;
	};
	return { fr: one('fr'), en: one('en') };
}

import { date } from '../live/words.ts';
import type { Locale } from '../text.ts';
import { categoryOf } from './categories.ts';
import type { PublicReport } from './states.ts';

/** What a category is called; a category that is no more keeps its id. */
export const categoryTitle = (id: string, locale: Locale): string =>
	categoryOf(id)?.title[locale] ?? id;

/** The answers as a person reads them: question and answer in the order they were asked. */
export function answersOf(
	{ category, answers }: Pick<PublicReport, 'category' | 'answers'>,
	locale: Locale
): { question: string; answer: string }[] {
	return (categoryOf(category)?.questions ?? []).flatMap(({ code, description, values }) => {
		const given = [answers[code] ?? []].flat();
		if (given.length === 0) return [];
		const named = given.map((key) => values?.find((one) => one.key === key)?.name[locale] ?? key);
		return [{ question: description[locale], answer: named.join(', ') }];
	});
}

/** The day of an RFC 3339 time, as one says it. */
export const dayOf = (at: string, now: number): string => date(Date.parse(at), now);

import * as v from 'valibot';
import { parseTime } from '../time.ts';
import { categoryOf } from './categories.ts';
import type { Category, Question } from './category.ts';

export const MAX_PHOTOS = 3;
/** Of one photo, as it is sent. */
export const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
export const MAX_DESCRIPTION = 4_000;
/** The JSON beside the photos. */
export const MAX_REPORT_BYTES = 64 * 1024;

/** What XML 1.0 cannot carry, and no pen writes: taken out, so that a text is the same wherever it is read. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;

/** A text as it is kept: no control characters, lines end alike, lone surrogates replaced, no blanks around. */
export const cleanText = (text: string): string =>
	text
		.toWellFormed()
		.replace(/\r\n?|\u2028|\u2029/g, '\n')
		.replace(UNWRITABLE, '')
		.trim();

const text = (max: number) => v.pipe(v.string(), v.transform(cleanText), v.maxLength(max));
const maybe = (max: number) => v.optional(v.nullable(text(max)), null);

const location = v.object({
	lon: v.pipe(v.number(), v.minValue(-180), v.maxValue(180)),
	lat: v.pipe(v.number(), v.minValue(-90), v.maxValue(90))
});

const value = v.union([v.string(), v.number(), v.boolean(), v.null()]);

/** The UUID a phone gives its report: lower case, any version. */
export const reportId = v.pipe(
	v.string(),
	v.transform((id) => id.toLowerCase()),
	v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID')
);

/** The `report` part of a report as a phone sends it (CONTRACT 3). What is not named here is dropped. */
export const reportSchema = v.object({
	id: reportId,
	category: v.pipe(
		v.string(),
		v.check((id) => categoryOf(id) !== undefined, 'is not a category')
	),
	answers: v.optional(
		v.record(
			v.pipe(v.string(), v.maxLength(64)),
			v.union([text(1_000), v.pipe(v.array(text(200)), v.maxLength(50))])
		),
		{}
	),
	description: v.optional(text(MAX_DESCRIPTION), ''),
	location: v.optional(v.nullable(location), null),
	address: maybe(300),
	/** The place it was made from, with the values it showed. */
	entity: v.optional(
		v.nullable(
			v.object({
				id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,128}$/)),
				values: v.optional(
					v.pipe(
						v.record(v.pipe(v.string(), v.maxLength(64)), v.union([value, v.array(value)])),
						v.check((values) => JSON.stringify(values).length <= 8_000, 'is too long')
					),
					{}
				)
			})
		),
		null
	),
	contact: v.optional(
		v.nullable(v.object({ name: maybe(200), email: maybe(254), phone: maybe(40) })),
		null
	),
	createdAt: v.pipe(
		v.string(),
		v.check((at) => parseTime(at) !== undefined, 'must be an RFC 3339 date-time')
	)
});

/** A report as the phone makes it. */
export type ReportInput = v.InferInput<typeof reportSchema>;
/** The same once read. */
export type Report = v.InferOutput<typeof reportSchema>;

export interface AnswerTrouble {
	/** Code of the question. */
	code: string;
	what: 'missing' | 'not_a_choice' | 'not_a_number' | 'not_a_date';
}

/**
 * Holds answers against the questions of a category: what is wrong, and the answers that belong to it (others are
 * dropped). The phone shows the first trouble beside its question, the server refuses with it.
 */
export function checkAnswers(
	{ questions }: Pick<Category, 'questions'>,
	answers: Readonly<Record<string, string | readonly string[]>>
): { answers: Record<string, string | string[]>; trouble: AnswerTrouble[] } {
	const kept: Record<string, string | string[]> = {};
	const trouble: AnswerTrouble[] = [];
	for (const question of questions) {
		if (!question.variable) continue;
		const { code, required, datatype } = question;
		const given = [answers[code] ?? []].flat().filter((answer) => answer !== '');
		const what = given.length === 0 ? (required ? 'missing' : undefined) : wrong(question, given);
		if (what) trouble.push({ code, what });
		else if (datatype === 'multivaluelist' && given.length > 0) kept[code] = [...new Set(given)];
		else if (given[0] !== undefined) kept[code] = given[0];
	}
	return { answers: kept, trouble };
}

function wrong(
	{ datatype, values = [] }: Question,
	given: readonly string[]
): AnswerTrouble['what'] | undefined {
	const one = given.length === 1 ? (given[0] ?? '') : undefined;
	switch (datatype) {
		case 'singlevaluelist':
			return one !== undefined && values.some(({ key }) => key === one)
				? undefined
				: 'not_a_choice';
		case 'multivaluelist':
			return given.every((answer) => values.some(({ key }) => key === answer))
				? undefined
				: 'not_a_choice';
		case 'number':
			return one !== undefined && /^-?\d{1,15}([.,]\d{1,10})?$/.test(one)
				? undefined
				: 'not_a_number';
		case 'datetime':
			return one !== undefined && parseTime(one) !== undefined ? undefined : 'not_a_date';
		default:
			return undefined;
	}
}

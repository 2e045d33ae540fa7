import type { Text } from '../text.ts';

/** How an answer is given, in Open311's words. */
export type Datatype =
	'string' | 'number' | 'datetime' | 'text' | 'singlevaluelist' | 'multivaluelist';

/** Who to call instead of sending a report. */
export interface Advice {
	/** What is dialled. */
	call: string;
	text: Text;
}

/** One answer of a list. With `advice`, choosing it shows whom to call: a report alone would come too late. */
export interface Choice {
	key: string;
	name: Text;
	advice?: Advice;
}

/** A question of a category, or (`variable: false`) words to be read only. */
export interface Question {
	code: string;
	datatype: Datatype;
	required: boolean;
	variable: boolean;
	/** From 1, unique in its category. */
	order: number;
	description: Text;
	/** Help for the form of the answer. */
	hint?: Text;
	/** Only for the two lists. */
	values?: readonly Choice[];
}

/** What a person can report. */
export interface Category {
	/** Open311's `service_code`, [a-z0-9-]. */
	id: string;
	title: Text;
	description: Text;
	/** Heading to find it under. */
	group: Text;
	/** Other words people use, for search. */
	keywords: readonly string[];
	/** Lucide name. */
	icon: string;
	/** Who answers for it, as told to the public. */
	agency: string;
	/** Whether the place may come later or not at all. */
	placeless?: true;
	questions: readonly Question[];
}

const text = (fr: string, en: string): Text => ({ fr, en });

/** One of the three numbers that are called instead of reported. */
export const advice = {
	danger: {
		call: '112',
		text: text(
			'Quelqu’un est en danger : appelez le 112 maintenant. Un signalement serait lu trop tard.',
			'Someone is in danger: call 112 now. A report would be read too late.'
		)
	},
	fire: {
		call: '18',
		text: text(
			'Odeur de gaz, feu, câble nu : éloignez-vous et appelez le 18 (pompiers) maintenant.',
			'Smell of gas, fire, bare cable: move away and call 18 (fire brigade) now.'
		)
	},
	police: {
		call: '17',
		text: text(
			'Menace ou violence en ce moment : appelez le 17 (police). Un signalement ne fait venir personne.',
			'Threat or violence right now: call 17 (police). A report brings nobody.'
		)
	}
} as const satisfies Record<string, Advice>;

/** A list of choices where one answer or several may be given. */
export function list(
	order: number,
	code: string,
	description: Text,
	values: readonly Choice[],
	{ required = true, several = false } = {}
): Question {
	const datatype = several ? 'multivaluelist' : 'singlevaluelist';
	return { code, datatype, required, variable: true, order, description, values };
}

export const choice = (key: string, fr: string, en: string, instead?: Advice): Choice => ({
	key,
	name: { fr, en },
	...(instead && { advice: instead })
});

/** A free answer on one line, never required. */
export const line = (order: number, code: string, description: Text, hint?: Text): Question => ({
	code,
	datatype: 'string',
	required: false,
	variable: true,
	order,
	description,
	...(hint && { hint })
});

/** Words shown with the questions, that ask for nothing. */
export const note = (order: number, code: string, description: Text): Question => ({
	code,
	datatype: 'string',
	required: false,
	variable: false,
	order,
	description
});

/** Whom to call instead, by the answers given so far; undefined where a report is right. */
export function adviceFor(
	{ questions }: Pick<Category, 'questions'>,
	answers: Readonly<Record<string, unknown>>
): Advice | undefined {
	for (const { code, values } of questions) {
		const given = [answers[code]].flat();
		const urgent = values?.find(({ key, advice }) => advice && given.includes(key));
		if (urgent?.advice) return urgent.advice;
	}
	return undefined;
}

import * as v from 'valibot';
import type { Position } from '../geo.ts';
import { categoryOf } from './categories.ts';
import { adviceFor, type Advice } from './category.ts';
import { checkAnswers, type AnswerTrouble, type ReportInput } from './report.ts';

export const STEPS = ['photo', 'place', 'what', 'words'] as const;
export type Step = (typeof STEPS)[number];

/** A report as it is written on the phone, with its photos: zones are hidden and metadata gone before one comes in here. */
export const draftSchema = v.object({
	/** The report's own UUID from the first touch on: whatever is repeated later is the same report. */
	id: v.string(),
	startedAt: v.number(),
	savedAt: v.number(),
	step: v.picklist(STEPS),
	photos: v.array(v.instance(ArrayBuffer)),
	location: v.nullable(v.tuple([v.number(), v.number()])),
	address: v.string(),
	/** The person will say where later: until then it does not leave. */
	placeLater: v.boolean(),
	category: v.string(),
	answers: v.record(v.string(), v.union([v.string(), v.array(v.string())])),
	description: v.string(),
	contact: v.object({ name: v.string(), email: v.string(), phone: v.string() }),
	/** The place it was begun from, with what that said then. */
	entity: v.nullable(
		v.object({
			id: v.string(),
			name: v.string(),
			values: v.record(v.string(), v.union([v.string(), v.number(), v.array(v.string())]))
		})
	)
});

export type Draft = v.InferOutput<typeof draftSchema>;

/** A random UUID (version 4); `crypto.randomUUID` is missing where the page is not secure. */
export function makeId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A draft with nothing in it. */
export function newDraft(now: number, id: string = makeId()): Draft {
	return {
		id,
		startedAt: now,
		savedAt: now,
		step: 'photo',
		photos: [],
		location: null,
		address: '',
		placeLater: false,
		category: '',
		answers: {},
		description: '',
		contact: { name: '', email: '', phone: '' },
		entity: null
	};
}

/** Whether the person gave anything: a form only looked at is not kept, nor what its place filled in by itself. */
export const hasContent = (draft: Draft): boolean =>
	draft.photos.length > 0 ||
	draft.placeLater ||
	(draft.entity !== null
		? draft.step !== 'photo'
		: draft.location !== null || draft.category !== '') ||
	[draft.address, draft.description, ...Object.values(draft.contact)].some(
		(text) => text.trim() !== ''
	);

/** What still keeps a draft from leaving: the step to go back to and why. */
export type Lack =
	| { step: 'place'; why: 'place' }
	| { step: 'what'; why: 'category' }
	| { step: 'what'; why: 'advice'; advice: Advice }
	| { step: 'what'; why: 'answers'; trouble: AnswerTrouble[] };

/** Everything that is missing, in the order of the steps; nothing where the report may leave. */
export function lacks(draft: Draft): Lack[] {
	const found: Lack[] = [];
	const category = categoryOf(draft.category);
	if (!draft.location && draft.address.trim() === '' && category?.placeless !== true)
		found.push({ step: 'place', why: 'place' });
	if (!category) return [...found, { step: 'what', why: 'category' }];
	const advice = adviceFor(category, draft.answers);
	if (advice) found.push({ step: 'what', why: 'advice', advice });
	const { trouble } = checkAnswers(category, draft.answers);
	if (trouble.length > 0) found.push({ step: 'what', why: 'answers', trouble });
	return found;
}

/** The `report` part of what is sent (CONTRACT 3). */
export function toReport(draft: Draft, createdAt: number): ReportInput {
	const category = categoryOf(draft.category);
	const said = (text: string) => text.trim() || null;
	const contact = {
		name: said(draft.contact.name),
		email: said(draft.contact.email),
		phone: said(draft.contact.phone)
	};
	return {
		id: draft.id,
		category: draft.category,
		answers: category ? checkAnswers(category, draft.answers).answers : {},
		description: draft.description.trim(),
		location: draft.location && toPoint(draft.location),
		address: said(draft.address),
		...(draft.entity && { entity: { id: draft.entity.id, values: draft.entity.values } }),
		...(Object.values(contact).some((text) => text !== null) && { contact }),
		createdAt: new Date(createdAt).toISOString()
	};
}

/** To a tenth of a metre: a longer number would only tell phones apart. */
const toPoint = ([lon, lat]: Position) => ({ lon: round(lon), lat: round(lat) });
const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;

import * as v from 'valibot';
import { inDatabase } from '../offline/store.ts';
import { draftSchema, type Draft } from './draft.ts';

/** Reports being written, the latest first. Never rejects. */
export const allDrafts = (): Promise<Draft[]> =>
	inDatabase(async (db) =>
		(await db.getAll('drafts'))
			.flatMap((kept) => {
				const draft = v.safeParse(draftSchema, kept);
				return draft.success ? [draft.output] : [];
			})
			.sort((a, b) => b.savedAt - a.savedAt)
	).catch(() => []);

/** Keeps a draft as it stands. Rejects where the phone has no room or keeps nothing. */
export const keepDraft = (draft: Draft): Promise<void> =>
	inDatabase(async (db) => {
		await db.put('drafts', draft);
	});

export const forgetDraft = (id: string): Promise<void> =>
	inDatabase((db) => db.delete('drafts', id));

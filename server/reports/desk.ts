import { AppError } from '../../src/lib/errors.ts';
import { cleanText } from '../../src/lib/reports/report.ts';
import type { ReportState } from '../../src/lib/reports/states.ts';
import type { Database } from '../database/database.ts';
import { addEvent, lock, stateColumns } from './store.ts';
import { tellFollowers } from './tell.ts';

/** What the city decides of a report. */
export interface Decision {
	report: string;
	now: number;
	state: ReportState;
	reason?: string | undefined;
	/** When the next step is expected, ms. */
	expected?: number | undefined;
	/** The report that says the same, for `duplicate`. */
	of?: string | undefined;
}

/** Sets the state, with its reason and expected date, and tells followers. Throws `report_unknown`, `report_invalid`. */
export async function setState({ db }: Pick<Database, 'db'>, decision: Decision): Promise<void> {
	const { report, now, state, expected, of } = decision;
	const reason = cleanText(decision.reason ?? '').slice(0, 1_000) || null;
	if ((state === 'closed_no_action' || state === 'closed_not_ours') && reason === null)
		throw new AppError('report_invalid', `${state} needs a reason: the person is owed one`);
	if (state === 'duplicate' && (of === undefined || of === report))
		throw new AppError('report_invalid', 'duplicate needs the id of another report');
	await db.transaction().execute(async (tx) => {
		const row = await lock(tx, report);
		if (!row) throw new AppError('report_unknown');
		if (of !== undefined) {
			const other = await tx
				.selectFrom('reports')
				.select('id')
				.where('id', '=', of)
				.executeTakeFirst();
			if (!other) throw new AppError('report_unknown', `no report ${of}`);
		}
		const at = Math.max(now, row.updated_at);
		await tx
			.updateTable('reports')
			.set({
				...stateColumns(state, at, reason, expected ?? null),
				duplicate_of: state === 'duplicate' ? (of ?? null) : null
			})
			.where('id', '=', report)
			.execute();
		const event = await addEvent(tx, {
			report,
			at,
			kind: 'state',
			state,
			reason,
			expected_at: expected ?? null
		});
		await tellFollowers(tx, { ...row, state }, event);
		// Who followed the doubled report follows the one that stays.
		if (of !== undefined) await moveFollowers(tx, report, of, at);
	});
}

async function moveFollowers(
	tx: Parameters<typeof lock>[0],
	from: string,
	to: string,
	at: number
): Promise<void> {
	const followers = await tx
		.selectFrom('report_marks')
		.select('device')
		.where('report', '=', from)
		.where('kind', '=', 'follow')
		.execute();
	for (const { device } of followers)
		await tx
			.insertInto('report_marks')
			.values({ report: to, device, kind: 'follow', at, words: null })
			.onConflict((oc) => oc.columns(['report', 'kind', 'device']).doNothing())
			.execute();
}

export interface Check {
	report: string;
	now: number;
	visibility: 'published' | 'hidden';
	/** What the public reads instead of what was written. */
	words?: string | undefined;
	/** Photos the public does not see, by number. */
	withoutPhotos?: readonly number[] | undefined;
	reason?: string | undefined;
}

/** The check before a report is public, or its being taken from the public again. Throws `report_unknown`. */
export async function setVisibility({ db }: Pick<Database, 'db'>, check: Check): Promise<void> {
	const { report, now, visibility, words, withoutPhotos } = check;
	await db.transaction().execute(async (tx) => {
		const row = await lock(tx, report);
		if (!row) throw new AppError('report_unknown');
		const at = Math.max(now, row.updated_at);
		await tx
			.updateTable('reports')
			.set({
				visibility,
				updated_at: at,
				...(words !== undefined && { public_description: cleanText(words).slice(0, 4_000) })
			})
			.where('id', '=', report)
			.execute();
		if (withoutPhotos)
			await tx
				.updateTable('report_photos')
				.set((eb) => ({
					public: eb
						.case()
						.when('n', 'in', withoutPhotos.length > 0 ? withoutPhotos : [0])
						.then(0)
						.else(1)
						.end()
				}))
				.where('report', '=', report)
				.execute();
		const event = await addEvent(tx, {
			report,
			at,
			kind: visibility,
			state: row.state,
			reason: check.reason ?? null
		});
		if (visibility === 'published' && row.visibility !== 'published')
			await tellFollowers(tx, row, event);
	});
}

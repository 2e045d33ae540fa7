import { AppError } from '../../src/lib/errors.ts';
import { cleanText } from '../../src/lib/reports/report.ts';
import { statusOf } from '../../src/lib/reports/states.ts';
import type { Database } from '../database/database.ts';
import { addEvent, lock, mark, stateColumns } from './store.ts';
import type { MarkKind } from './tables.ts';
import { tellFollowers } from './tell.ts';
import { contestUntil } from './view.ts';

export const ACTS = ['confirmations', 'contests', 'follow', 'abuse'] as const;
export type Act = (typeof ACTS)[number];

const KIND: Readonly<Record<Act, MarkKind>> = {
	confirmations: 'confirmation',
	contests: 'contest',
	follow: 'follow',
	abuse: 'abuse'
};

const MAX_WORDS = 1_000;

/** What someone does to a public report: « c'est aussi mon cas », « ce n'est pas réglé », follow, notice of abuse. */
export interface Done {
	/** False where this device had done it before: nothing changed. */
	counted: boolean;
}

/**
 * One act of one device on a public report; a second one changes nothing and is no error. A contest within 30 days of
 * closing opens the report again. Throws `report_unknown`, `report_closed` (too late, or still open).
 */
export async function act(
	{ db }: Pick<Database, 'db'>,
	order: { report: string; act: Act; device: string; words?: string | undefined; now: number }
): Promise<Done> {
	const { report, device, now } = order;
	const kind = KIND[order.act];
	const words = cleanText(order.words ?? '').slice(0, MAX_WORDS) || null;
	return db.transaction().execute(async (tx) => {
		const row = await lock(tx, report);
		if (row?.visibility !== 'published') throw new AppError('report_unknown');
		if (kind === 'contest') {
			// Each closing may be contested anew: the former mark belongs to the former closing.
			const until = contestUntil(row);
			if (statusOf(row.state) === 'open' || row.closed_at === null || until === null) {
				if (await marked(tx, report, device, kind)) return { counted: false };
				throw new AppError('report_closed', 'this report is open: there is nothing to contest');
			}
			if (now > until) throw new AppError('report_closed');
			await tx
				.deleteFrom('report_marks')
				.where('report', '=', report)
				.where('device', '=', device)
				.where('kind', '=', kind)
				.where('at', '<', row.closed_at)
				.execute();
		}
		if (!(await mark(tx, report, device, kind, now, words))) return { counted: false };
		// Whoever says « moi aussi » or « ce n'est pas réglé » wants to know how it ends.
		if (kind === 'confirmation' || kind === 'contest')
			await mark(tx, report, device, 'follow', now);
		if (kind === 'contest') {
			await tx
				.updateTable('reports')
				.set(stateColumns('reopened', now))
				.where('id', '=', report)
				.execute();
			const event = await addEvent(tx, { report, at: now, kind: 'contested', state: 'reopened' });
			await tellFollowers(tx, row, event);
		}
		return { counted: true };
	});
}

/** Takes a follow back. */
export async function unfollow(
	{ db }: Pick<Database, 'db'>,
	report: string,
	device: string
): Promise<void> {
	await db
		.deleteFrom('report_marks')
		.where('report', '=', report)
		.where('device', '=', device)
		.where('kind', '=', 'follow')
		.execute();
}

async function marked(
	tx: Parameters<typeof lock>[0],
	report: string,
	device: string,
	kind: MarkKind
): Promise<boolean> {
	const found = await tx
		.selectFrom('report_marks')
		.select('at')
		.where('report', '=', report)
		.where('device', '=', device)
		.where('kind', '=', kind)
		.executeTakeFirst();
	return found !== undefined;
}

import { categoryOf } from '../../src/lib/reports/categories.ts';
import { states } from '../../src/lib/reports/states.ts';
import type { Text } from '../../src/lib/text.ts';
import { enqueue } from '../push/queue.ts';
import type { Tx } from './store.ts';
import type { ReportEventRow, ReportRow } from './tables.ts';

/** Whoever did not open the phone for a week reads it in the app. */
const TTL_S = 7 * 86_400;

const PUBLIC: Text = {
	fr: 'Le signalement a été vérifié : tout le monde peut le lire.',
	en: 'The report was checked: anyone can read it.'
};

const CONTESTED: Text = {
	fr: 'Quelqu’un dit que ce n’est pas réglé : il est rouvert.',
	en: 'Someone says it is not fixed: it is open again.'
};

/**
 * Tells everyone who follows a report what happened to it, within the transaction in which it happens: what was told
 * stands, and what stands is told. Where nobody took pushes, the app's own list still shows it.
 */
export async function tellFollowers(tx: Tx, row: ReportRow, event: ReportEventRow): Promise<void> {
	const followers = await tx
		.selectFrom('report_marks')
		.select('device')
		.where('report', '=', row.id)
		.where('kind', '=', 'follow')
		.execute();
	const category = categoryOf(row.category)?.title ?? { fr: 'Signalement', en: 'Report' };
	const body = bodyOf(event);
	for (const { device } of followers)
		await enqueue(
			tx,
			{
				device,
				kind: 'report',
				title: category,
				body,
				url: `/signalement/${row.id}`,
				// One report, one notice on the screen: the newest. 32 characters at most.
				topic: `r-${row.id.replaceAll('-', '').slice(0, 30)}`,
				ttl: TTL_S
			},
			event.at
		);
}

function bodyOf({ kind, state, reason }: ReportEventRow): Text {
	if (kind === 'published') return PUBLIC;
	if (kind === 'contested') return CONTESTED;
	const { name, says } = states[state];
	return {
		fr: `${name.fr}. ${reason ?? says.fr}`,
		en: `${name.en}. ${reason ?? says.en}`
	};
}

import { categoryOf } from '../../src/lib/reports/categories.ts';
import {
	CONTEST_DAYS,
	statusOf,
	type ReportFeature,
	type TimelineEvent
} from '../../src/lib/reports/states.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { ReportEventRow, ReportPhotoRow, ReportRow } from './tables.ts';

export const DAY_MS = 86_400_000;

/** Whole seconds: nothing of a report is known better, and Open311's clients refuse fractions. */
export const secondsTime = (ms: number): string => formatTime(Math.floor(ms / 1000) * 1000);

const orNull = (ms: number | null) => (ms === null ? null : secondsTime(ms));

/** Until when a report may be contested, ms; null while it is open. */
export const contestUntil = ({ closed_at: at }: Pick<ReportRow, 'closed_at'>): number | null =>
	at === null ? null : at + CONTEST_DAYS * DAY_MS;

/** What the public reads in place of what was written. */
export const publicWords = (row: ReportRow): string => row.public_description ?? row.description;

interface Parts {
	row: ReportRow;
	photos: readonly ReportPhotoRow[];
	confirmations: number;
}

/**
 * A report as anyone may read it. Made of named fields only: a column added one day stays private until someone writes it
 * here.
 */
export function toFeature({ row, photos, confirmations }: Parts): ReportFeature {
	const paths = photos
		.filter((photo) => photo.public === 1)
		.map(({ n }) => `/api/v1/reports/${row.id}/photos/${n}`);
	return {
		type: 'Feature',
		id: row.id,
		geometry:
			row.lon === null || row.lat === null
				? null
				: { type: 'Point', coordinates: [row.lon, row.lat] },
		properties: {
			id: row.id,
			category: row.category,
			answers: JSON.parse(row.answers) as Record<string, string | string[]>,
			description: publicWords(row),
			address: row.address,
			entity: row.entity === null ? null : (JSON.parse(row.entity) as never),
			state: row.state,
			status: statusOf(row.state),
			reason: row.reason,
			expectedAt: orNull(row.expected_at),
			receivedAt: secondsTime(row.received_at),
			updatedAt: secondsTime(row.updated_at),
			closedAt: orNull(row.closed_at),
			duplicateOf: row.duplicate_of,
			agency: categoryOf(row.category)?.agency ?? '',
			photos: paths,
			image: paths[0] ?? null,
			confirmations,
			contestUntil: orNull(contestUntil(row))
		}
	};
}

/** The public timeline: what happened in the street and what was said of it, not what was checked when. */
export const toTimeline = (events: readonly ReportEventRow[]): TimelineEvent[] =>
	events.flatMap(({ at, kind, state, reason, expected_at }) =>
		kind === 'state' || kind === 'contested'
			? [{ at: secondsTime(at), kind, state, reason, expectedAt: orNull(expected_at) }]
			: []
	);

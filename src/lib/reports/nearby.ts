import { distance, type Position } from '../geo.ts';
import { statusOf, type ReportFeature } from './states.ts';

/** « C'est le même » is asked for what lies within this many metres. */
export const SAME_PLACE_M = 50;
const MOST = 5;

/**
 * Open reports that may be the one about to be made: same category, near, nearest first. Reckoned where it is asked, on
 * the phone: no position leaves it before a report is sent.
 */
export function nearby(
	reports: Iterable<ReportFeature>,
	at: Position,
	category: string,
	metres: number = SAME_PLACE_M
): { report: ReportFeature; metres: number }[] {
	const found: { report: ReportFeature; metres: number }[] = [];
	for (const report of reports) {
		const { geometry, properties } = report;
		if (!geometry || properties.category !== category) continue;
		if (statusOf(properties.state) !== 'open') continue;
		const away = distance(at, geometry.coordinates);
		if (away <= metres) found.push({ report, metres: away });
	}
	return found.sort((a, b) => a.metres - b.metres).slice(0, MOST);
}

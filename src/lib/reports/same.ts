import { distance, type Position } from '../geo.ts';
import { SAME_PLACE_M } from './nearby.ts';
import { statusOf, type ReportFeature } from './states.ts';

export interface Near {
	report: ReportFeature;
	metres: number;
}

/** Few enough to read standing in the street. */
const MOST = 3;

/** Open reports around a pin, whatever they are about: before a category is chosen, each may be the same. Nearest first. */
export function nearAny(reports: Iterable<ReportFeature>, at: Position): Near[] {
	const found: Near[] = [];
	for (const report of reports) {
		const { geometry, properties } = report;
		if (!geometry || statusOf(properties.state) !== 'open') continue;
		const metres = distance(at, geometry.coordinates);
		if (metres <= SAME_PLACE_M) found.push({ report, metres });
	}
	return found.sort((a, b) => a.metres - b.metres).slice(0, MOST);
}

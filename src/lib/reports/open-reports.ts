import type { ReportFeature } from './states.ts';

/**
 * Every open report of the city, the same request for everybody: what lies near is worked out on the phone, so that no
 * position leaves it. The worker keeps the last answer for no network.
 */
export const OPEN_REPORTS = '/api/v1/reports?status=open&limit=1000';

/** The open reports, from the server or as last kept; none where there was never an answer. Never rejects. */
export async function openReports(): Promise<ReportFeature[]> {
	try {
		const response = await fetch(OPEN_REPORTS, { credentials: 'omit' });
		if (!response.ok) return [];
		const { features } = (await response.json()) as { features?: unknown };
		return Array.isArray(features) ? features.filter(isReport) : [];
	} catch {
		return [];
	}
}

/** As much of its shape as the phone relies on. */
function isReport(value: unknown): value is ReportFeature {
	if (typeof value !== 'object' || value === null) return false;
	const { id, properties } = value as { id?: unknown; properties?: unknown };
	return typeof id === 'string' && typeof properties === 'object' && properties !== null;
}

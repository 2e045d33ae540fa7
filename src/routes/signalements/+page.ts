import { categoryOf } from '#lib/reports/categories.ts';
import type { ReportFeature } from '#lib/reports/states.ts';
import type { PageLoad } from './$types';

const LIMIT = 200;
const STATUSES = ['open', 'closed', 'all'] as const;

/** Public reports, newest first, as the address filters them; nothing where they cannot be read now. */
export const load: PageLoad = async ({ url, fetch }) => {
	const asked = url.searchParams.get('status');
	const status = STATUSES.find((one) => one === asked) ?? 'open';
	const category = categoryOf(url.searchParams.get('category') ?? '')?.id;
	const query = new URLSearchParams({
		...(status !== 'all' && { status }),
		...(category !== undefined && { category }),
		limit: String(LIMIT)
	});
	const answer = await fetch(`/api/v1/reports?${query}`)
		.then(async (response) =>
			response.ok
				? ((await response.json()) as { numberMatched: number; features: ReportFeature[] })
				: undefined
		)
		.catch(() => undefined);
	return {
		/** Comes from one's own report, just erased. */
		erased: url.searchParams.get('fait') === 'efface',
		status,
		category,
		now: Date.now(),
		matched: answer?.numberMatched,
		reports: answer?.features
	};
};

import { readList } from '#lib/city-alerts/alert.ts';
import { inFirstHtml } from '#lib/ui/first-html.ts';
import type { PageLoad } from './$types';

/** What the city warns of, for the first HTML. */
export const load: PageLoad = async ({ fetch }) => {
	const answer = await inFirstHtml(fetch, '/api/v1/city-alerts');
	return { warned: answer?.status === 200 ? readList(answer.json) : undefined };
};

import { error } from '@sveltejs/kit';
import { inFirstHtml } from '#lib/ui/first-html.ts';
import type { PageLoad } from './$types';

/** One district, for the first HTML; in the browser the page asks for it, and the phone may know it with no network. */
export const load: PageLoad = async ({ params: { id }, fetch }) => {
	if (!/^(quartier|commune)-\d{1,5}$/.test(id)) error(404);
	const answer = await inFirstHtml(fetch, `/quartier/${id}/fiche`);
	if (answer?.status === 200 && answer.json === null) error(404);
	return { id, feature: answer?.status === 200 ? answer.json : undefined };
};

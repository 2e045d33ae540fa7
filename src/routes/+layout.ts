import { inFirstHtml } from '#lib/ui/first-html.ts';
import type { LayoutLoad } from './$types';

/** The sources, their licences and which of them is late, for the first HTML. */
export const load: LayoutLoad = async ({ fetch }) => ({
	sources: (await inFirstHtml(fetch, '/api/v1/layers'))?.json
});

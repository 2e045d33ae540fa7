import { browser } from '$app/environment';
import { error } from '@sveltejs/kit';
import { parseId } from '#lib/layers/entity.ts';
import { factsOf, type ParkingFacts } from '#lib/layers/parking/facts.ts';
import { packTitles } from '#lib/packs/layers/titles.ts';
import { isFeature } from '#lib/ui/features.ts';
import { inFirstHtml } from '#lib/ui/first-html.ts';
import type { PageLoad } from './$types';

/** One place, for the first HTML; in the browser the page reads `Live`, which may know it with no network. */
export const load: PageLoad = async ({ params: { id }, fetch }) => {
	const parsed = parseId(id);
	if (!parsed) error(404);
	if (packTitles.some(({ id }) => id === parsed.layer)) return fixedPlace(fetch, id, parsed.layer);
	const [answer, facts] = await Promise.all([
		inFirstHtml(fetch, `/api/v1/entities/${id}`),
		parsed.layer === 'parking' ? parkingFacts(fetch, id) : undefined
	]);
	if (answer?.status === 404) error(404);
	return {
		id,
		layer: parsed.layer,
		feature: isFeature(answer?.json) ? answer.json : undefined,
		facts,
		fixed: undefined
	};
};

/** A place of a pack: the page then reads `Packs`, which may know it with no network. */
async function fixedPlace(fetch: typeof globalThis.fetch, id: string, layer: string) {
	const answer = await inFirstHtml(fetch, `/lieux-fixes/${id}`);
	if (answer?.status === 200 && answer.json === null) error(404);
	const { firstFixed } = await import('#lib/packs/first.ts');
	return { id, layer, feature: undefined, facts: undefined, fixed: firstFixed(answer?.json) };
}

/** The pack is kept on the phone; without it the page simply says less. */
async function parkingFacts(
	fetch: typeof globalThis.fetch,
	id: string
): Promise<ParkingFacts | undefined> {
	const first = await inFirstHtml(fetch, `/lieu/${id}/fiche`);
	if (first || !browser) return (first?.json as ParkingFacts | null | undefined) ?? undefined;
	const pack = await fetch('/city/toulouse/parkings.json').catch(() => undefined);
	return pack?.ok ? factsOf((await pack.json()) as unknown, id) : undefined;
}

import { browser } from '$app/environment';
import { layers } from '#lib/layers/index.ts';
import { packTitles } from '#lib/packs/layers/titles.ts';
import { readMoment } from '#lib/history/moment.ts';
import { formatTime } from '#lib/time.ts';
import { featuresOf } from '#lib/ui/features.ts';
import { inFirstHtml } from '#lib/ui/first-html.ts';
import { viewBbox } from '#lib/geo.ts';
import type { Result } from '#lib/ui/search.ts';
import { boxParam, center, listBox, readLayers, readView } from '#lib/ui/view.ts';
import type { PageLoad } from './$types';

/** About 8 km around, whatever the zoom: where the header's weather and air are looked for. */
const NEARBY_ZOOM = 11;

/** The view and the moment the address names, with what is there for the first HTML. */
export const load: PageLoad = async ({ url, fetch }) => {
	const view = readView(url.searchParams);
	const sensed = layers.map(({ id }) => id);
	const fixed = packTitles.map(({ id }) => id);
	const chosen = readLayers(url.searchParams, [...sensed, ...fixed], sensed);
	const chosenLive = chosen.filter((id) => sensed.includes(id));
	const chosenFixed = chosen.filter((id) => fixed.includes(id));
	const query = (url.searchParams.get('q') ?? '').slice(0, 80);
	const moment = readMoment(url.searchParams, Date.now());
	const at = moment && 'at' in moment ? moment.at : undefined;
	const here = boxParam(listBox(view));
	const nearby = boxParam(viewBbox(center(view), NEARBY_ZOOM, 390, 390));
	const then = at === undefined ? '' : `&at=${formatTime(at)}`;
	const [shown, around, found, places, warned] = await Promise.all([
		chosenLive.length === 0
			? undefined
			: inFirstHtml(fetch, `/api/v1/entities?layer=${chosenLive.join(',')}&bbox=${here}${then}`),
		inFirstHtml(fetch, `/api/v1/entities?layer=air,weather&bbox=${nearby}`),
		query === '' ? undefined : inFirstHtml(fetch, `/recherche?q=${encodeURIComponent(query)}`),
		chosenFixed.length === 0
			? undefined
			: inFirstHtml(fetch, `/lieux-fixes?layer=${chosenFixed.join(',')}&bbox=${here}`),
		inFirstHtml(fetch, '/api/v1/city-alerts')
	]);
	const alerts = (warned?.json as { alerts?: unknown[] } | undefined)?.alerts ?? [];
	return {
		view,
		chosen,
		query,
		moment,
		pastView: moment && (await import('#lib/history/past-view.ts')),
		/** The sheet « Il y a… » for the first HTML; a browser fetches it when it is opened. */
		sheet: browser ? undefined : (await import('#lib/history/AgoSheet.svelte')).default,
		features: [...featuresOf(around?.json), ...(at === undefined ? featuresOf(shown?.json) : [])],
		/** Places of the static layers chosen, where the first HTML has them. */
		fixed: places && (await import('#lib/packs/first.ts')).firstFixed(places.json),
		/** What the city warns of, where it does. */
		warned:
			alerts.length > 0
				? (await import('#lib/city-alerts/first.ts')).first(warned?.json)
				: undefined,
		/** The places of a former moment, where the first HTML has them. */
		past:
			shown && at !== undefined
				? shown.status === 200
					? featuresOf(shown.json)
					: ('failed' as const)
				: undefined,
		found: (found?.json as { results?: Result[] } | undefined)?.results ?? []
	};
};

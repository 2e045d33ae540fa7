import { error } from '@sveltejs/kit';
import type { PublicReport, ReportFeature } from '#lib/reports/states.ts';
import type { PageLoad } from './$types';

/** What a follow link shows besides: what was sent, checked or not. */
type Mine = ReportFeature & {
	visibility: NonNullable<PublicReport['visibility']>;
	sent: { description: string };
	timeline: NonNullable<PublicReport['timeline']>;
	photos: { path: string }[];
};

/** One report; with `?suivi=` of a follow link one's own, checked or not. */
export const load: PageLoad = async ({ params: { id }, url, fetch, setHeaders }) => {
	const token = url.searchParams.get('suivi') ?? undefined;
	// A follow link is told to nobody, not to our own proxy either, whose log may keep what it is told.
	if (token !== undefined) setHeaders({ 'referrer-policy': 'strict-origin' });
	const done = url.searchParams.get('fait') ?? undefined;
	const path =
		token === undefined
			? `/api/v1/reports/${encodeURIComponent(id)}`
			: `/api/v1/reports/${encodeURIComponent(id)}/mine?${new URLSearchParams({ token })}`;
	const answer = await fetch(path).catch(() => undefined);
	if (answer?.status === 404 || answer?.status === 403) error(404);
	if (!answer?.ok) return { id, token, done, now: Date.now(), report: undefined, own: undefined };
	const now = Date.now();
	if (token === undefined) {
		const { properties, geometry } = (await answer.json()) as ReportFeature;
		return { id, token, done, now, report: properties, at: geometry?.coordinates, own: undefined };
	}
	const mine = (await answer.json()) as Mine;
	const query = `?${new URLSearchParams({ token })}`;
	const report: PublicReport = {
		...mine.properties,
		description: mine.sent.description,
		photos: mine.photos.map((photo) => photo.path + query),
		timeline: mine.timeline
	};
	const own = { visibility: mine.visibility, data: path };
	return { id, token, done, now, report, at: mine.geometry?.coordinates, own };
};

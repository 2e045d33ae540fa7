import * as v from 'valibot';
import { KEPT_HEADER } from '../live/city-api.ts';
import type { PackAnswer, PackHead } from './item.ts';

const PATIENCE_MS = 30_000;

const text = v.string();
const head = {
	name: text,
	title: text,
	version: text,
	bytes: v.number(),
	count: v.number(),
	updated: text,
	checked: text,
	licence: text,
	attribution: text,
	source: text
};
const items = v.array(v.looseObject({ id: text, name: text, values: v.record(text, v.unknown()) }));

const packs = v.object({
	packs: v.array(v.object(head)),
	absent: v.array(v.object({ name: text, title: text, reason: text }))
});

const answer = v.union([
	v.object({ ...head, since: text, added: items, changed: items, removed: v.array(text) }),
	v.object({ ...head, items })
]);

export interface Offer {
	packs: PackHead[];
	absent: { name: string; title: string; reason: string }[];
}

async function get(path: string): Promise<unknown> {
	const response = await fetch(path, {
		headers: { accept: 'application/json' },
		signal: AbortSignal.timeout(PATIENCE_MS)
	});
	if (!response.ok || response.headers.has(KEPT_HEADER))
		throw new Error(`${path}: ${response.status}`);
	return response.json();
}

/** The packs the server offers. Rejects where it does not answer itself. */
export async function askOffer(lang: string): Promise<Offer> {
	return v.parse(packs, await get(`/api/v1/packs?lang=${lang}`));
}

/** A pack: what changed from the version at hand, or the whole of it. */
export async function askPack(wanted: PackHead, have: string | undefined): Promise<PackAnswer> {
	const query =
		have === undefined
			? `version=${encodeURIComponent(wanted.version)}`
			: `since=${encodeURIComponent(have)}`;
	const json = await get(`/api/v1/packs/${wanted.name}?${query}`);
	return v.parse(answer, json) as unknown as PackAnswer;
}

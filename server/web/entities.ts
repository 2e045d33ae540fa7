import type { Bbox } from '../../src/lib/geo.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { shownAttribute, toFeature, type Entity } from '../../src/lib/layers/entity.ts';
import { freshness, type Freshness } from '../../src/lib/layers/freshness.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { AppError } from '../../src/lib/errors.ts';
import type { City } from '../city/city.ts';
import { etagOf } from './conditional.ts';

export const DEFAULT_LIMIT = 1_000;
export const MAX_LIMIT = 5_000;

export interface EntitiesQuery {
	layer?: string[] | undefined;
	bbox?: Bbox | undefined;
	since?: string | undefined;
	limit?: number | undefined;
	/** Page after this id, with the cursor of the first page. */
	after?: string | undefined;
	cursor?: string | undefined;
}

interface Rendered {
	shown: string;
	freshness: Freshness;
	json: string;
}

// An entity is replaced whole when it changes, so its JSON holds until its freshness turns. Whole-city answers cost a
// join of strings instead of 5,000 serialisations, and are never older than the city itself.
const rendered = new WeakMap<Entity, Rendered>();

/** The Feature of an entity at `now`, as JSON. */
export function featureJson(layer: Layer, entity: Entity, now: number): string {
	const kept = rendered.get(entity);
	const shown = kept?.shown ?? shownAttribute(layer, entity.values);
	const age = freshness(layer, shown, entity.times[shown] ?? entity.observed, now);
	if (kept?.freshness === age) return kept.json;
	const json = JSON.stringify(toFeature(layer, entity, now));
	rendered.set(entity, { shown, freshness: age, json });
	return json;
}

/** The Feature of one entity with what a list leaves out: how many messages of its device never came. */
export const oneFeatureJson = (layer: Layer, entity: Entity, now: number): string =>
	`${featureJson(layer, entity, now).slice(0, -1)},"gaps":${entity.gaps ?? 0}}`;

/** What was asked, out of the whole city or out of what changed. */
function select(city: City, { layer, bbox, since }: EntitiesQuery) {
	const wanted = layer && new Set(layer);
	const keep = (id: string) => !wanted || wanted.has(id);
	if (since === undefined) {
		const [only] = layer?.length === 1 ? layer : [];
		const entities = city.list({ layer: only, bbox }).filter((entity) => keep(entity.layer));
		return { entities, cursor: city.cursor, changes: undefined };
	}
	const { entities, removed, cursor, reset } = city.since(since);
	return {
		entities: entities.filter((entity) => keep(entity.layer)),
		cursor,
		changes: { removed: removed.filter((id) => keep(id.slice(0, id.indexOf('-')))), reset }
	};
}

/**
 * The answer of `GET /api/v1/entities`, as text and its tag. Ordered by id; pages follow each other by id, so that
 * neither a change nor a removal between two of them skips an entity, and all carry the cursor of the first: what
 * changed meanwhile comes with the next `since`. Throws `layer_unknown`, `since_with_bbox`.
 */
export function entitiesAnswer(
	{ city, register }: { city: City; register: Register },
	query: EntitiesQuery,
	now: number
): { body: string; etag: string } {
	const unknown = query.layer?.find((id) => !register.get(id));
	if (unknown !== undefined) throw new AppError('layer_unknown', `no layer "${unknown}"`);
	if (query.since !== undefined && query.bbox) throw new AppError('since_with_bbox');

	const { entities, changes, ...found } = select(city, query);
	const { after, limit = DEFAULT_LIMIT } = query;
	const cursor = (after !== undefined && query.cursor) || found.cursor;
	const first = after === undefined ? 0 : entities.findIndex(({ id }) => id > after);
	const page = first < 0 ? [] : entities.slice(first, first + limit);
	const last = page.at(-1);
	const next =
		last && first + page.length < entities.length
			? nextPage(query, { after: last.id, cursor, reset: changes?.reset === true })
			: null;

	const features: string[] = [];
	for (const entity of page) {
		const layer = register.get(entity.layer);
		if (layer) features.push(featureJson(layer, entity, now));
	}
	const members = {
		type: 'FeatureCollection',
		numberMatched: entities.length,
		numberReturned: features.length,
		cursor,
		next,
		// Those gone are told once, on the first page.
		...(changes && { reset: changes.reset, removed: after === undefined ? changes.removed : [] })
	};
	const list = features.join(',');
	const body = `${JSON.stringify(members).slice(0, -1)},"features":[${list}]}`;
	// The change number is left out: an unchanged list stays 304 while the city moves elsewhere, and the older cursor the
	// client then keeps only makes its next `since` answer a little longer. Whose cursor it is must match.
	const [epoch = ''] = cursor.split('.');
	const etag = etagOf(JSON.stringify({ ...members, cursor: epoch, next: next !== null }), list);
	return { body, etag };
}

function nextPage(
	{ layer, bbox, since, limit }: EntitiesQuery,
	{ after, cursor, reset }: { after: string; cursor: string; reset: boolean }
): string {
	const params = new URLSearchParams();
	if (layer) params.set('layer', layer.join(','));
	if (bbox) params.set('bbox', bbox.join(','));
	// After a reset the rest is the rest of the whole city.
	if (since !== undefined && !reset) params.set('since', since);
	if (limit !== undefined) params.set('limit', String(limit));
	params.set('after', after);
	params.set('cursor', cursor);
	return `/api/v1/entities?${params.toString().replaceAll('%2C', ',')}`;
}

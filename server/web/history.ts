import { AppError } from '../../src/lib/errors.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { City } from '../city/city.ts';
import type { Services } from '../city/services.ts';
import { history, numericAttribute, readRange, typical } from '../history/query.ts';
import { toFeature } from '../../src/lib/layers/entity.ts';
import { cityAt } from '../city/past.ts';
import { DEFAULT_LIMIT, type EntitiesQuery } from './entities.ts';
import { DAY_MS, HOUR_MS, layerOf, type HistoryStore, type Reading } from '../history/store.ts';

type Past = Pick<Services, 'city' | 'history' | 'register'>;

/** The layer of an entity that is there or was there. Throws `entity_unknown`. */
function requireLayer({ city, history, register }: Past, id: string) {
	const layer = register.get(layerOf(id));
	if (!layer || !(city.get(id) ?? history.knows(id)))
		throw new AppError('entity_unknown', 'no entity has this id, and none had it');
	return layer;
}

/** The answer of `GET /api/v1/entities/{id}/history`, and for how long it holds. */
export async function historyAnswer(
	services: Past,
	id: string,
	query: {
		attribute?: string | undefined;
		from?: number | undefined;
		to?: number | undefined;
		points?: number | undefined;
	},
	now: number
): Promise<{ body: string; cacheControl: string }> {
	const layer = requireLayer(services, id);
	const key = { entity: id, attribute: numericAttribute(layer, query.attribute) };
	const asked = readRange(query, now);
	const columns = await history(services.history, layer, key, asked);
	const end = Date.parse(columns.t0) + columns.step * columns.n.length * 1000;
	// What is over changes only by late readings; what goes on, with each step.
	const seconds = end <= now ? 3_600 : Math.min(columns.step, 60);
	return { body: JSON.stringify(columns), cacheControl: `public, max-age=${seconds}` };
}

/** The answer of `GET /api/v1/entities/{id}/typical`. */
export async function typicalAnswer(
	services: Past,
	id: string,
	query: { attribute?: string | undefined },
	now: number
): Promise<{ body: string; cacheControl: string }> {
	const layer = requireLayer(services, id);
	const key = { entity: id, attribute: numericAttribute(layer, query.attribute) };
	const week = await typical(services.history, key, now);
	return { body: JSON.stringify(week), cacheControl: 'public, max-age=900' };
}

/**
 * The answer of `GET /api/v1/entities?at=`: pages as the live list has them, freshness as it was then. Throws
 * `layer_unknown`, `query_invalid`.
 */
export async function pastAnswer(
	services: Past,
	query: EntitiesQuery & { at: number },
	now: number
): Promise<{ body: string; cacheControl: string }> {
	const { city, history: store, register } = services;
	const { at, layer, bbox, limit = DEFAULT_LIMIT, after } = query;
	const unknown = layer?.find((id) => !register.get(id));
	if (unknown !== undefined) throw new AppError('layer_unknown', `no layer "${unknown}"`);
	if (query.since !== undefined)
		throw new AppError('query_invalid', 'at is a moment, since a stream of changes: give one');
	const entities = await cityAt(store, { city, register }, at, { layer, bbox });
	const rest = after === undefined ? entities : entities.filter(({ id }) => id > after);
	const page = rest.slice(0, limit);
	const last = page.at(-1);
	const next = new URLSearchParams({ at: formatTime(at), limit: String(limit) });
	if (layer) next.set('layer', layer.join(','));
	if (bbox) next.set('bbox', bbox.join(','));
	next.set('after', last?.id ?? '');
	const features = page.flatMap((entity) => {
		const known = register.get(entity.layer);
		return known ? [toFeature(known, entity, at)] : [];
	});
	const body = JSON.stringify({
		type: 'FeatureCollection',
		numberMatched: entities.length,
		numberReturned: features.length,
		cursor: null,
		next: rest.length > page.length ? `/api/v1/entities?${next}` : null,
		features
	});
	return { body, cacheControl: `public, max-age=${at < now - HOUR_MS ? 3_600 : 60}` };
}

/** How the rows of an export are written. */
interface Format {
	contentType: string;
	head: string;
	row: (reading: Reading, city: City) => string;
	between: string;
	foot: string;
}

const formats: Record<'csv' | 'geojson', Format> = {
	// Ids, names of attributes and numbers: nothing a spreadsheet would run or a comma would break.
	csv: {
		contentType: 'text/csv; charset=utf-8; header=present',
		head: 'entity,attribute,dateObserved,value\n',
		row: ({ entity, attribute, t, v }) => `${entity},${attribute},${formatTime(t)},${v}\n`,
		between: '',
		foot: ''
	},
	geojson: {
		contentType: 'application/geo+json',
		head: '{"type":"FeatureCollection","features":[',
		row: ({ entity, attribute, t, v }, city) => {
			const location = city.get(entity)?.location;
			return JSON.stringify({
				type: 'Feature',
				geometry: location ? { type: 'Point', coordinates: location } : null,
				properties: { entity, attribute, dateObserved: formatTime(t), value: v }
			});
		},
		between: ',\n',
		foot: ']}\n'
	}
};

async function* lines(
	store: HistoryStore,
	city: City,
	{ head, row, between, foot }: Format,
	{ layer, from, to }: { layer: string; from: number; to: number }
): AsyncGenerator<Uint8Array, void> {
	const encoder = new TextEncoder();
	yield encoder.encode(head);
	let first = true;
	for await (const page of store.export(layer, from, to)) {
		const text = page.map((reading) => row(reading, city)).join(between);
		yield encoder.encode(first ? text : between + text);
		first = false;
	}
	yield encoder.encode(foot);
}

/**
 * The answer of `GET /api/v1/layers/{layer}/export.{csv,geojson}`: every reading of a range, written as the reader takes
 * it. A reader that goes away ends the reading of the store. Throws `layer_unknown`, `query_invalid`.
 */
export function exportAnswer(
	{ city, history: store, register }: Past,
	format: 'csv' | 'geojson',
	layer: string,
	query: { from?: number | undefined; to?: number | undefined },
	now: number
): Response {
	if (!register.get(layer)) throw new AppError('layer_unknown', `no layer "${layer}"`);
	const { from, to } = readRange(query, now);
	const rows = lines(store, city, formats[format], { layer, from, to });
	// One page at a time, when the connection asks for it: a slow reader holds one page, not the range.
	const stream = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await rows.next();
				if (done) controller.close();
				else controller.enqueue(value);
			},
			async cancel() {
				await rows.return(undefined);
			}
		},
		{ highWaterMark: 1 }
	);
	const day = (t: number) => new Date(t).toISOString().slice(0, 10);
	const name = `capitoul-${layer}-${day(from)}-${day(to - 1)}.${format}`;
	return new Response(stream, {
		headers: {
			'content-type': formats[format].contentType,
			'content-disposition': `attachment; filename="${name}"`,
			'cache-control': to <= now - DAY_MS ? 'public, max-age=3600' : 'public, no-cache'
		}
	});
}

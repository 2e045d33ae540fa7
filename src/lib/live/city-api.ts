import type { EntityFeature } from '../layers/entity.ts';

/** Slower than this is as good as no network: the last values are on screen meanwhile. */
const PATIENCE_MS = 15_000;
/** The service worker's mark on an answer it kept: the server did not speak. */
export const KEPT_HEADER = 'capitoul-kept';

export interface Source {
	id: string;
	layer: string;
	licence: string;
	attribution: string;
	/** Undefined until its first answer or failure. */
	ok: boolean | undefined;
	/** Since when `ok` is what it is (ms). */
	since: number | undefined;
}

/** Per layer, the names of the values of its frames, in order. */
export type FrameOrders = Readonly<Record<string, readonly string[]>>;

export interface LayersAnswer {
	/** Where phones connect. */
	mqtt: string;
	orders: FrameOrders;
	sources: Source[];
}

export interface EntitiesAnswer {
	features: EntityFeature[];
	removed: string[];
	cursor: string | undefined;
	/** The answer is the whole city, not only what is new. */
	whole: boolean;
}

/** The HTTP side of the city as a phone asks it. Every call rejects where the server did not answer itself. */
export interface CityApi {
	layers(): Promise<LayersAnswer>;
	/** What arrived after `cursor`, or the whole city. */
	entities(cursor: string | undefined): Promise<EntitiesAnswer>;
}

/** `heard` gets the server's own time (ms) with each answer, where it says it. */
export function cityApi(heard: (server: number | undefined) => void): CityApi {
	const get = async (path: string): Promise<Record<string, unknown>> => {
		const response = await fetch(path, {
			headers: { accept: 'application/json' },
			signal: AbortSignal.timeout(PATIENCE_MS)
		});
		if (!response.ok) throw new Error(`${path}: ${response.status}`);
		if (response.headers.has(KEPT_HEADER)) throw new Error(`${path}: only what was kept`);
		const date = Date.parse(response.headers.get('date') ?? '');
		const json: unknown = await response.json();
		// An answer out of the browser's own cache bears the hour it was made at, which is not the hour it is.
		const old = Number(response.headers.get('age') ?? 0) > 0;
		heard(Number.isNaN(date) || old ? undefined : date);
		if (!isRecord(json)) throw new Error(`${path}: not an object`);
		return json;
	};
	return {
		async layers() {
			return readLayers(await get('/api/v1/layers'));
		},
		async entities(cursor) {
			const since = cursor === undefined ? '' : `&since=${encodeURIComponent(cursor)}`;
			let path: string | undefined = `/api/v1/entities?limit=5000${since}`;
			const answer: EntitiesAnswer = {
				features: [],
				removed: [],
				cursor: undefined,
				whole: cursor === undefined
			};
			for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
				const json: Record<string, unknown> = await get(path);
				answer.features.push(...array(json['features']).filter(isFeature));
				answer.removed.push(...array(json['removed']).filter((id) => typeof id === 'string'));
				// The first page's: what changes while the others are read is told again, which does no harm.
				if (page === 0 && typeof json['cursor'] === 'string') answer.cursor = json['cursor'];
				answer.whole ||= json['reset'] === true;
				path = typeof json['next'] === 'string' ? pathOf(json['next']) : undefined;
			}
			return answer;
		}
	};
}

/** 50,000 entities: ten times a metropole. */
const MAX_PAGES = 10;

/** Reads the answer of `/api/v1/layers`, also one kept on the phone. */
export function readLayers(json: Record<string, unknown>): LayersAnswer {
	const orders: Record<string, readonly string[]> = {};
	const sources: Source[] = [];
	for (const layer of array(json['layers']).filter(isRecord)) {
		const id = text(layer['id']);
		orders[id] = array(layer['live']).filter((name) => typeof name === 'string');
		for (const source of array(layer['sources']).filter(isRecord))
			sources.push({
				id: text(source['id']),
				layer: id,
				licence: text(source['licence']),
				attribution: text(source['attribution']),
				ok: typeof source['ok'] === 'boolean' ? source['ok'] : undefined,
				since: Date.parse(text(source['since'])) || undefined
			});
	}
	return { mqtt: text(json['mqtt']), orders, sources };
}

/** The static layers that an answer of `/api/v1/layers` has data for. */
export function staticLayers(json: Record<string, unknown>): string[] {
	const here = array(json['layers']).filter(isRecord);
	return here.filter(({ kind }) => kind === 'static').map(({ id }) => text(id));
}

/** Path and query of an address, whatever its host: behind a proxy the server may not know its own name. */
function pathOf(address: string): string {
	const { pathname, search } = new URL(address, 'http://capitoul.invalid/api/v1/entities');
	return pathname + search;
}

const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFeature(value: unknown): value is EntityFeature {
	return isRecord(value) && typeof value['id'] === 'string' && isRecord(value['properties']);
}

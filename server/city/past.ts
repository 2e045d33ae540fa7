import type { Bbox } from '../../src/lib/geo.ts';
import { inside } from '../../src/lib/geo.ts';
import {
	parseId,
	SIMULATED_SOURCE,
	SIMULATED_SYSTEM,
	type Entity
} from '../../src/lib/layers/entity.ts';
import { layerOf, type HistoryStore } from '../history/store.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import type { City } from './city.ts';

/**
 * The city as it was: each entity that had a reading at or before `at`, with the last value of each of its numbers, in
 * order of id. Names and places are today's; of one that is gone since they are unknown.
 */
export async function cityAt(
	history: HistoryStore,
	{ city, register }: { city: City; register: Register },
	at: number,
	filter: { layer?: readonly string[] | undefined; bbox?: Bbox | undefined }
): Promise<Entity[]> {
	const [only] = filter.layer?.length === 1 ? filter.layer : [];
	const last = await history.at(at, only === undefined ? {} : { layer: only });
	const entities = new Map<string, Entity>();
	for (const { entity: id, attribute, t, v, mean } of last) {
		const layer = layerOf(id);
		const resolution = register.get(layer)?.attributes[attribute]?.resolution;
		// Half a bike was never there.
		const value = mean && resolution !== undefined ? Math.round(v / resolution) * resolution : v;
		if (filter.layer && !filter.layer.includes(layer)) continue;
		let entity = entities.get(id);
		if (!entity) {
			const today = city.get(id);
			const simulated = parseId(id)?.system === SIMULATED_SYSTEM;
			entity = {
				id,
				layer,
				name: today?.name,
				location: today?.location,
				address: today?.address,
				values: {},
				times: {},
				observed: t,
				received: t,
				source: today?.source ?? (simulated ? SIMULATED_SOURCE : undefined),
				simulated,
				quality: 'ok'
			};
			entities.set(id, entity);
		}
		entity.values[attribute] = value;
		entity.times[attribute] = t;
		entity.observed = entity.received = Math.max(entity.observed, t);
	}
	const { bbox } = filter;
	return [...entities.values()]
		.filter(({ location }) => !bbox || (location && inside(location, bbox)))
		.sort((a, b) => (a.id < b.id ? -1 : 1));
}

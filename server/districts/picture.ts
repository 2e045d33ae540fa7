import { readFigures, type DistrictFigures } from '../../src/lib/districts/figures.ts';
import { levels } from '../../src/lib/topics.ts';
import type { Message } from '../broker/port.ts';
import type { District } from './geofence.ts';
import type { DistrictMap } from './map.ts';

/** The districts as the web process knows them: borders from the city's files, figures from `district/`. */
export class CityDistricts {
	#map: DistrictMap;
	#figures = new Map<string, Map<string, DistrictFigures>>();

	constructor(map: DistrictMap) {
		this.#map = map;
	}

	get all(): readonly District[] {
		return this.#map.fence.districts;
	}

	get approximate(): boolean {
		return this.#map.fence.approximate;
	}

	get(id: string): District | undefined {
		return this.all.find((district) => district.id === id);
	}

	/** By layer. */
	figures(id: string): ReadonlyMap<string, DistrictFigures> {
		return this.#figures.get(id) ?? NONE;
	}

	/** Takes one `district/` message. */
	take({ topic, payload }: Pick<Message, 'topic' | 'payload'>): void {
		const [kind, layer = '', id = ''] = levels(topic) ?? [];
		if (kind !== 'district' || layer === '' || id === '') return;
		let byLayer = this.#figures.get(id);
		if (payload.length === 0) {
			byLayer?.delete(layer);
			return;
		}
		const figures = readFigures(payload.toString('utf8'));
		if (!figures) return;
		if (!byLayer) this.#figures.set(id, (byLayer = new Map<string, DistrictFigures>()));
		byLayer.set(layer, figures);
	}
}

const NONE: ReadonlyMap<string, DistrictFigures> = new Map();

import type { Position } from '../../src/lib/geo.ts';
import type { Value } from '../../src/lib/layers/define-layer.ts';
import { slug } from '../../src/lib/layers/entity.ts';
import { bustle, height, HOUR, local, MINUTE, type Curve } from '../calendar.ts';
import type { Pack } from '../pack.ts';
import { clamp, hash, round, wander } from '../random.ts';
import { moved } from '../sites.ts';
import type { Device, Model } from './model.ts';
import type { Sky } from './weather.ts';

interface Kind {
	word: string;
	/** How much of the street's exhaust reaches the inlet. */
	traffic: number;
	attributes: readonly string[];
}

const KINDS = {
	street: {
		word: 'trafic',
		traffic: 1,
		attributes: ['no2', 'no', 'pm10', 'pm25', 'co']
	},
	town: { word: 'fond urbain', traffic: 0.38, attributes: ['no2', 'o3', 'pm10', 'pm25'] },
	works: { word: 'industrie', traffic: 0.45, attributes: ['no2', 'pm10', 'pm25', 'so2'] },
	country: { word: 'périurbain', traffic: 0.15, attributes: ['no2', 'o3', 'pm25'] }
} satisfies Record<string, Kind>;

/** The seven stations, each near a known place, and what kind of air it breathes. */
const STATIONS: readonly (readonly [near: string, kind: keyof typeof KINDS])[] = [
	['Jean-Jaurès', 'street'],
	['Palais de Justice', 'street'],
	['Compans-Caffarelli', 'town'],
	['Balma-Gramont', 'town'],
	['Mirail-Université', 'town'],
	['Lac de Sesquières', 'works'],
	['La Ramée', 'country']
];

/** Air stations. A report holds the mean of the hour that ended, dated by its end, and comes in the next ten minutes. */
export function airModel(seed: number, pack: Pack, sky: Sky, count: number): Model {
	const kinds: Kind[] = [];
	const devices: Device[] = [];
	for (let i = 0; i < count; i++) {
		const [near = pack.city.name, name = 'town'] = STATIONS[i % STATIONS.length] ?? [];
		const round = Math.floor(i / STATIONS.length); // past seven, again the same places a street farther
		const kind = KINDS[name];
		kinds.push(kind);
		devices.push({
			id: `air-sim-${slug(near)}${round > 0 ? `-${round + 1}` : ''}`,
			name: `Air simulé ${near}${round > 0 ? ` ${round + 1}` : ''} (${kind.word})`,
			location: moved(placeOf(pack, near), 60 + 250 * round, 40)
		});
	}
	return {
		layer: 'air',
		devices,
		everyMs: HOUR,
		spreadMs: 10 * MINUTE,
		observed: (ms) => Math.floor(ms / HOUR) * HOUR,
		values(index, end) {
			const kind = kinds[index] ?? KINDS.town;
			const own = hash(seed, 'air', index);
			const sums = new Map<string, number>();
			for (let step = 0; step < STEPS; step++) {
				const ms = end - HOUR + ((step + 0.5) * HOUR) / STEPS;
				const now = breathe(kind, own, ms, sky, pack.city.zone);
				for (const name of kind.attributes)
					sums.set(name, (sums.get(name) ?? 0) + (now[name] ?? 0));
			}
			const means: Record<string, Value> = {};
			for (const [name, sum] of sums) means[name] = round(sum / STEPS, name === 'co' ? 2 : 1);
			return means;
		}
	};
}

/** When wood burns on a cold evening. */
const HEARTH: Curve = [
	[4, 0],
	[16.5, 0],
	[20, 1],
	[23, 0.8]
];

const STEPS = 6; // a sample each ten minutes makes the hour's mean

/**
 * One moment's concentrations. Exhaust follows the traffic and stays when no wind takes it away; ozone is made by the sun
 * and eaten by fresh exhaust, so it runs against NO2; rain washes particles out, cold evenings add those of wood fires.
 */
function breathe(
	kind: Kind,
	own: number,
	ms: number,
	sky: Sky,
	zone: string
): Record<string, number> {
	const when = local(ms, zone);
	const still = clamp(1.5 - sky.wind(ms).speed / 6, 0.45, 1.5);
	const exhaust = bustle(when) * kind.traffic * still * (1 + 0.25 * wander(own, ms, 2 * HOUR));
	const no2 = 5 + 52 * exhaust + 2 * wander(own + 1, ms, 5 * HOUR);
	const warm = clamp((sky.temperature(ms) - 5) / 25, 0, 1);
	const o3 = 46 + 62 * sky.sun(ms) * warm - 0.85 * no2 + 5 * wander(own + 2, ms, 8 * HOUR);
	const fires = 11 * height(HEARTH, when.hour) * clamp(1 - warm * 2.2, 0, 1);
	const washed = 1 / (1 + 0.5 * sky.rain(ms));
	const dust = (9 + 15 * exhaust + fires * still + 4 * wander(own + 3, ms, 15 * HOUR)) * washed;
	return {
		no2: clamp(no2, 1, 250),
		no: clamp(26 * exhaust * exhaust, 0, 250),
		o3: clamp(o3, 2, 240),
		pm10: clamp(dust, 2, 150),
		pm25: clamp(dust * 0.62, 1, 100),
		so2: clamp(1.6 + 1.2 * wander(own + 4, ms, 6 * HOUR), 0.2, 50),
		co: clamp(0.15 + 0.35 * exhaust, 0.05, 10)
	};
}

const placeOf = (pack: Pack, name: string): Position =>
	pack.places.find((place) => place.name === name)?.location ?? pack.city.center;

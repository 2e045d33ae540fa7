import { slug } from '../../src/lib/layers/entity.ts';
import { bustle, height, local, MINUTE, type Curve } from '../calendar.ts';
import type { Pack } from '../pack.ts';
import { chance, clamp, hash, round, wander } from '../random.ts';
import { nearestTo, ref, spreadOut } from '../sites.ts';
import type { Model } from './model.ts';
import type { Sky } from './weather.ts';

/** Terraces: late on Friday and Saturday, earlier in the week. */
const EVENING: Curve = [
	[3, 0.2],
	[6, 0],
	[17, 0.1],
	[20, 0.7],
	[23, 1]
];

/**
 * Sound level meters, a report every five minutes. Half of them stand at a street and follow its traffic, which rain makes
 * hiss and a wet evening empties; a third at terraces, the others in courtyards.
 */
export function noiseModel(seed: number, pack: Pack, sky: Sky, count: number): Model {
	const devices = spreadOut(pack, count).map((location, i) => ({
		id: `noise-sim-${i + 1}`,
		name: `Bruit simulé ${ref(i, count)} ${nearestTo(pack, location)}`,
		location
	}));
	return {
		layer: 'noise',
		devices,
		everyMs: 5 * MINUTE,
		spreadMs: 5 * MINUTE,
		observed: (ms) => ms,
		values(index, ms) {
			const own = hash(seed, 'noise', slug(devices[index]?.name ?? ''));
			const when = local(ms, pack.city.zone);
			const street = index % 2 === 0 ? 1 : 0.35;
			const terrace = index % 3 === 0 ? 1 : 0.2;
			const rain = sky.rain(ms);
			const weekend = when.weekday >= 5 && when.weekday <= 6 ? 1 : 0.55;
			const out = height(EVENING, when.hour) * weekend * terrace * (rain > 0.5 ? 0.4 : 1);
			// Levels add as powers: ten times the sources are ten decibels more.
			const power =
				10 ** 3.9 +
				10 ** 7 * street * bustle(when) * (1 + 0.12 * rain) +
				10 ** 6.8 * out +
				10 ** 4.5 * sky.wind(ms).speed;
			const level = 10 * Math.log10(power) + 1.6 * wander(own, ms, 20 * MINUTE);
			// Now and then a siren, a motorbike, a truck that unloads.
			const peak = 8 + 6 * chance(own, Math.floor(ms / MINUTE)) + (chance(own, ms) > 0.97 ? 14 : 0);
			return {
				LAeq: round(clamp(level, 28, 95), 1),
				LAmax: round(clamp(level + peak, 32, 112), 1)
			};
		}
	};
}

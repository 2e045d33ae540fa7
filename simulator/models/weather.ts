import { distance, type Position } from '../../src/lib/geo.ts';
import { DAY, HOUR, local, MINUTE } from '../calendar.ts';
import { chance, clamp, hash, round, wander } from '../random.ts';
import type { Pack } from '../pack.ts';
import { nearestTo, ref, spreadOut } from '../sites.ts';
import type { Model } from './model.ts';

/** The sky over the whole city: what the other models feel of it. */
export interface Sky {
	/** °C in the open, outside the city. */
	temperature(ms: number): number;
	/** Rain in mm/h. */
	rain(ms: number): number;
	/** Mean wind, m/s, and where it blows from, degrees. */
	wind(ms: number): { speed: number; from: number };
	/** Sea level pressure, hPa. */
	pressure(ms: number): number;
	/** Height of the sun's work, 0 at night to 1 on a clear summer afternoon. */
	sun(ms: number): number;
}

/** The weather of a seed: Toulouse's seasons, its two winds (autan and north-west), fronts that pass in a day or two. */
export function createSky(seed: number, zone: string): Sky {
	const of = (what: string) => hash(seed, 'sky', what);
	const [front, showers, air, gusts, side, high, drift] = [
		of('front'),
		of('showers'),
		of('air'),
		of('gusts'),
		of('side'),
		of('high'),
		of('drift')
	];
	const season = (dayOfYear: number) => Math.cos((2 * Math.PI * (dayOfYear - 203)) / 365.25);

	const rain = (ms: number) => {
		const wet = wander(front, ms, 11 * HOUR) - 0.42; // about one hour in seven can be wet
		return wet <= 0 ? 0 : clamp(wet * 9 * (0.55 + wander(showers, ms, 35 * MINUTE)), 0, 25);
	};
	const clear = (ms: number) => clamp(0.6 - 1.1 * wander(front, ms, 11 * HOUR), 0.15, 1);
	return {
		rain,
		temperature(ms) {
			const { hour, dayOfYear } = local(ms, zone);
			const day = Math.cos((2 * Math.PI * (hour - 15.5)) / 24); // warmest at half past three
			const swing = (3.2 + 1.8 * season(dayOfYear)) * clear(ms);
			const mass = 3.6 * wander(air, ms, 3 * DAY);
			return 14 + 8.2 * season(dayOfYear) + swing * day + mass - Math.min(2, rain(ms) * 0.6);
		},
		wind(ms) {
			const strength = (wander(gusts, ms, 14 * HOUR) + 1) / 2;
			// The autan comes from the south-east, nearly all other weather from the north-west.
			const autan = wander(side, ms, 2.5 * DAY) > 0.25;
			const from = (autan ? 135 : 300) + 25 * wander(drift, ms, 2 * HOUR);
			return { speed: 1 + strength * strength * (autan ? 9 : 7), from };
		},
		pressure: (ms) =>
			1_017 + 9 * wander(high, ms, 5 * DAY) - 5 * Math.max(0, wander(front, ms, 11 * HOUR)),
		sun(ms) {
			const { hour, dayOfYear } = local(ms, zone);
			const half = 6 + 1.7 * season(dayOfYear); // half the day's length, hours
			const noon = 13.5; // in the zone's own clock, between winter's and summer's
			const up = Math.cos((Math.PI * (hour - noon)) / (2 * half));
			if (Math.abs(hour - noon) >= half) return 0;
			return Math.max(0, up) * (0.6 + 0.4 * season(dayOfYear)) * clear(ms);
		}
	};
}

/** Weather stations over the whole city, a report each quarter of an hour. */
export function weatherModel(seed: number, pack: Pack, sky: Sky, count: number): Model {
	const sites = spreadOut(pack, count);
	const devices = sites.map((location, i) => ({
		id: `weather-sim-${i + 1}`,
		name: `Météo simulée ${ref(i, count)} ${nearestTo(pack, location)}`,
		location
	}));
	const warmth = devices.map(({ id, location }) => cityHeat(pack.city.center, location, seed, id));
	return {
		layer: 'weather',
		devices,
		everyMs: 15 * MINUTE,
		spreadMs: 15 * MINUTE,
		observed: (ms) => ms,
		values(index, ms) {
			const own = hash(seed, 'weather', index);
			// A shower reaches each place a few minutes apart.
			const here = ms - (own % (12 * MINUTE));
			const rain = sky.rain(here);
			const temperature =
				sky.temperature(ms) + (warmth[index] ?? 0) + 0.3 * wander(own, ms, 40 * MINUTE);
			const wind = sky.wind(ms);
			const speed = Math.max(0, wind.speed * (0.6 + 0.5 * chance(own, 'shelter')));
			// Warm air in the sun is dry, cold nights are damp, rain saturates.
			const air =
				0.98 - 0.28 * sky.sun(ms) - temperature * 0.011 + 0.05 * wander(own, ms, 5 * HOUR);
			const humidity = rain > 0 ? Math.max(air, 0.9 + 0.08 * chance(own, 'wet')) : air;
			return {
				temperature: round(clamp(temperature, -20, 45), 1),
				relativeHumidity: round(clamp(humidity, 0.2, 1), 2),
				atmosphericPressure: round(sky.pressure(ms) + (own % 100) / 100, 1),
				precipitation: round(rain / 4, 1), // what fell in the quarter of an hour
				windSpeed: round(speed, 1),
				gustSpeed: round(speed * (1.4 + 0.4 * chance(own, Math.floor(ms / HOUR))), 1),
				windDirection: round((wind.from + 20 * wander(own, ms, HOUR) + 360) % 360) % 360
			};
		}
	};
}

/** How much warmer than the country a place is, °C: up to 1.6 in the centre, nothing past 8 km. */
function cityHeat(center: Position, location: Position, seed: number, id: string): number {
	const away = distance(center, location);
	return 1.6 * Math.max(0, 1 - away / 8_000) + 0.5 * (chance(seed, id) - 0.5);
}

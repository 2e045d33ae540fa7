import type { Position } from '../../src/lib/geo.ts';
import { dayKind, height, HOUR, local, MINUTE, type Curve, type DayKind } from '../calendar.ts';
import type { Pack, PackParking } from '../pack.ts';
import { chance, clamp, hash, round, wander } from '../random.ts';
import { moved } from '../sites.ts';
import type { Model } from './model.ts';
import type { Sky } from './weather.ts';

/** Share of the spaces taken over the day, by what people come for. */
type Habit = Record<DayKind, Curve>;

const SHOPS: Habit = {
	weekday: [
		[5, 0.3],
		[8, 0.4],
		[11.5, 0.72],
		[14, 0.68],
		[17.5, 0.86],
		[20, 0.6],
		[23, 0.42]
	],
	saturday: [
		[5, 0.32],
		[9, 0.42],
		[12, 0.82],
		[16, 0.99],
		[18.5, 0.93],
		[21, 0.74],
		[24, 0.5]
	],
	sunday: [
		[6, 0.3],
		[11, 0.52],
		[15.5, 0.6],
		[19, 0.48],
		[23, 0.34]
	]
};

const OFFICES: Habit = {
	weekday: [
		[5, 0.22],
		[7.5, 0.4],
		[9.8, 0.9],
		[12.5, 0.8],
		[15, 0.91],
		[18, 0.6],
		[21, 0.34]
	],
	saturday: [
		[6, 0.22],
		[12, 0.42],
		[17, 0.5],
		[22, 0.4]
	],
	sunday: [
		[6, 0.22],
		[15, 0.33],
		[22, 0.25]
	]
};

const PARK_AND_RIDE: Habit = {
	weekday: [
		[4.5, 0.04],
		[6.5, 0.14],
		[8.8, 0.94],
		[13, 0.97],
		[16.5, 0.85],
		[19.2, 0.25],
		[22, 0.1]
	],
	saturday: [
		[5, 0.04],
		[10, 0.22],
		[15, 0.5],
		[19.5, 0.3],
		[23, 0.1]
	],
	sunday: [
		[6, 0.03],
		[15, 0.2],
		[20, 0.14],
		[23, 0.06]
	]
};

const OFFICE_PARKINGS = new Set([
	'europe',
	'compans-caffarelli',
	'marengo',
	'matabiau-ramblas',
	'palais-de-justice',
	'cartoucherie',
	'grand-rond'
]);

interface Lot {
	id: string;
	name: string;
	location: Position;
	spaces: number;
	habit: Habit;
}

/** Car parks of the pack, each filling as its visitors do; rain sends a few more people to their car. */
export function parkingModel(seed: number, pack: Pack, sky: Sky, count: number): Model {
	const lots = lotsOf(seed, pack, count);
	return {
		layer: 'parking',
		devices: lots.map(({ id, name, location }) => ({ id, name, location })),
		everyMs: MINUTE,
		spreadMs: MINUTE,
		observed: (ms) => ms,
		values(index, ms) {
			const lot = lots[index];
			if (!lot) return {};
			const { spaces } = lot;
			const taken = clamp(Math.round(spaces * share(lot, seed, ms, sky, pack)), 0, spaces);
			const free = spaces - taken;
			const word = free === 0 ? 'full' : free / spaces < 0.1 ? 'almostFull' : 'spacesAvailable';
			return {
				availableSpotNumber: free,
				totalSpotNumber: spaces,
				occupancy: round(taken / spaces, 3),
				status: ['open', word]
			};
		}
	};
}

function share({ id, habit }: Lot, seed: number, ms: number, sky: Sky, pack: Pack): number {
	const own = hash(seed, id);
	const { hour, weekday } = local(ms, pack.city.zone);
	// Yesterday's evening runs into the small hours: the week's curves meet over four hours, never in a jump.
	const today = height(habit[dayKind(weekday)], hour);
	const yesterday = height(habit[dayKind(weekday === 1 ? 7 : weekday - 1)], hour);
	const usual = yesterday + (today - yesterday) * clamp(hour / 4, 0, 1);
	const busy = 0.93 + 0.12 * chance(own, 'liked') + 0.07 * wander(own, ms, 26 * HOUR);
	const comings = 0.03 * wander(own + 1, ms, 25 * MINUTE) + 0.008 * wander(own + 2, ms, 4 * MINUTE);
	return usual * busy + comings + 0.03 * Math.min(1, sky.rain(ms) / 3);
}

function lotsOf(seed: number, pack: Pack, count: number): Lot[] {
	const lots: Lot[] = [];
	for (let i = 0; i < count && pack.parkings.length > 0; i++) {
		const parking = pack.parkings[i % pack.parkings.length];
		if (!parking) break;
		const again = Math.floor(i / pack.parkings.length); // more than the pack holds: annexes beside them
		const suffix = again > 0 ? ` annexe ${again}` : '';
		lots.push({
			id: `parking-sim-${parking.ref}${again > 0 ? `-${again + 1}` : ''}`,
			name: `${parking.name}${suffix} (simulé)`,
			location: again > 0 ? moved(parking.location, 150 * again, 80) : parking.location,
			spaces: parking.capacity ?? 10 * Math.round(30 + 40 * chance(seed, parking.ref)),
			habit: habitOf(parking)
		});
	}
	return lots;
}

function habitOf({ kind, ref }: PackParking): Habit {
	if (kind === 'parkAndRide') return PARK_AND_RIDE;
	return OFFICE_PARKINGS.has(ref) ? OFFICES : SHOPS;
}

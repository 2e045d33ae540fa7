import { dayKind, height, local, MINUTE, type Curve } from '../calendar.ts';
import type { Pack } from '../pack.ts';
import { chance, hash, random } from '../random.ts';
import { bikeSites } from '../sites.ts';
import { dayOf, Fleet, type BikeDay } from './fleet.ts';
import type { Model } from './model.ts';
import type { Sky } from './weather.ts';

const TRIPS_PER_STATION = 30; // on a fine working day; the real network makes about as many

/** How many trips start, one hour against another. */
const WEEKDAY: Curve = [
	[1.5, 0.08],
	[4.5, 0.03],
	[6, 0.15],
	[8.3, 1],
	[9.8, 0.5],
	[12.4, 0.7],
	[14.5, 0.5],
	[17.8, 1.1],
	[19.5, 0.75],
	[22.5, 0.3]
];
const WEEKEND: Curve = [
	[2, 0.22],
	[5, 0.05],
	[9, 0.2],
	[12, 0.5],
	[16, 0.72],
	[19, 0.62],
	[23, 0.35]
];
/** Towards work (1) or towards home (-1). */
const TIDE: Curve = [
	[4, 0],
	[7, 0.75],
	[9, 0.7],
	[11, 0.1],
	[14, 0.1],
	[16, -0.45],
	[18.5, -0.6],
	[22, -0.3]
];
const MEAN_WEEKDAY = 0.52; // of the weekday curve over 24 h: what one trip a minute is divided by

/**
 * Bike-share stations whose bikes are conserved: a bike taken somewhere is on its way, then stands somewhere else. People
 * ride to work and back on working days, about town in the afternoon at weekends; rain and cold keep them off. At night
 * vans bring each station back to the same start, so a day can be replayed from its 4 o'clock by anyone.
 */
export function bikeModel(seed: number, pack: Pack, sky: Sky, count: number): Model & BikeCount {
	const zone = pack.city.zone;
	const sites = bikeSites(seed, pack, count);
	const numbers = new Map<string, number>();
	const devices = sites.map(({ near, location }, i) => {
		const number = (numbers.get(near) ?? 0) + 1;
		numbers.set(near, number);
		return { id: `bike-sim-${i + 1}`, name: `Station simulée ${near} ${number}`, location };
	});

	const demand = (ms: number) => {
		const { hour, weekday } = local(ms, zone);
		const working = dayKind(weekday) === 'weekday';
		const shape = height(working ? WEEKDAY : WEEKEND, hour);
		const wet = Math.exp(-1.3 * sky.rain(ms));
		const cold = 1 / (1 + Math.exp(-(sky.temperature(ms) + 4) / 5)); // half as many at -4 °C
		const trips = (TRIPS_PER_STATION * sites.length) / (24 * 60 * MEAN_WEEKDAY);
		return {
			perMinute: trips * shape * cold * (0.12 + 0.88 * wet),
			tide: working ? height(TIDE, hour) : 0.15 * height(TIDE, hour)
		};
	};

	let fleet: Fleet | undefined;
	/** The fleet at the minute that holds `ms`, replayed from its day's start where it is elsewhere. */
	const at = (ms: number): Fleet => {
		const minute = Math.floor(ms / MINUTE) * MINUTE;
		if (!fleet || minute < fleet.now || minute >= fleet.day.end) {
			const day: BikeDay = dayOf(minute, zone);
			fleet = new Fleet(sites, day, demand, random(hash(seed, 'bikes', day.start)));
		}
		fleet.runTo(minute);
		return fleet;
	};

	return {
		layer: 'bike',
		devices,
		everyMs: MINUTE,
		spreadMs: MINUTE,
		observed: (ms) => ms,
		total(ms) {
			const { docked, moving } = at(ms);
			return { docked, moving };
		},
		values(index, ms) {
			const now = at(ms);
			const { mechanical, electric } = now.standing(index);
			const bikes = mechanical + electric;
			const docks = sites[index]?.docks ?? 0;
			const broken = brokenDocks(seed, index, now.day.start);
			const free = docks - bikes - broken > 0 ? docks - bikes - broken : 0;
			return {
				availableBikeNumber: bikes,
				freeSlotNumber: free,
				totalSlotNumber: docks,
				availableMechanicalBikeNumber: mechanical,
				availableElectricBikeNumber: electric,
				outOfServiceSlotNumber: docks - bikes - free,
				status: statusOf(bikes, free)
			};
		}
	};
}

export interface BikeCount {
	/** Bikes standing and bikes on the road: their sum never changes. */
	total(ms: number): { docked: number; moving: number };
}

/** One station in twelve has a dock or two that lock nothing today. */
function brokenDocks(seed: number, index: number, day: number): number {
	const luck = chance(seed, 'docks', index, day);
	return luck < 0.02 ? 2 : luck < 0.08 ? 1 : 0;
}

function statusOf(bikes: number, free: number): string {
	if (bikes === 0) return 'empty';
	if (free === 0) return 'full';
	if (bikes < 3) return 'almostEmpty';
	return free < 3 ? 'almostFull' : 'working';
}

import { distance } from '../../src/lib/geo.ts';
import { instant, wallClock } from '../../src/lib/time.ts';
import { DAY, HOUR, MINUTE } from '../calendar.ts';
import type { Random } from '../random.ts';
import type { BikeSite } from '../sites.ts';

/** From 4 o'clock to the next 4 o'clock of the city: 23 or 25 hours long twice a year. */
export interface BikeDay {
	start: number;
	end: number;
}

/** The bike day that holds an instant. */
export function dayOf(ms: number, zone: string): BikeDay {
	const four = (at: number) => {
		const { year, month, day } = wallClock(at, zone);
		return instant(year, month, day, 4, 0, zone);
	};
	const start = four(ms) <= ms ? four(ms) : four(ms - DAY);
	return { start, end: four(start + DAY + HOUR) };
}

/** How many trips start in the minute at `ms`, and whether they go to work (up to 1) or home (down to -1). */
export type Demand = (ms: number) => { perMinute: number; tide: number };

type Kind = 'mechanical' | 'electric';
const KINDS = ['mechanical', 'electric'] as const;

// The night: last departure two hours before the end, the slowest trip is over when the vans leave.
const LAST_TRIP_MS = 120 * MINUTE;
const LONGEST_TRIP_MIN = 45;
const VANS_LEAVE_MS = 70 * MINUTE;
const VANS_UNLOAD_MS = 35 * MINUTE;
const VAN_WORK_MIN = 30;

interface Move {
	kind: Kind;
	station: number;
	/** 1: a bike is set down there; -1: one is picked up. */
	step: 1 | -1;
}

/** All bikes over one bike day, minute after minute. Every bike stands at one station or is on its way to one. */
export class Fleet {
	readonly day: BikeDay;
	/** The minute lived last, ms. */
	now: number;
	docked = 0;
	moving = 0;
	#sites: readonly BikeSite[];
	#demand: Demand;
	#next: Random;
	#standing: Record<Kind, Int32Array>;
	#start: Record<Kind, Int32Array>;
	#byHome: Float64Array;
	#byWork: Float64Array;
	/** What happens at a later minute. */
	#due = new Map<number, Move[]>();
	#near = new Map<number, number[]>();

	constructor(sites: readonly BikeSite[], day: BikeDay, demand: Demand, next: Random) {
		this.day = day;
		this.now = day.start;
		this.#sites = sites;
		this.#demand = demand;
		this.#next = next;
		this.#start = firstMorning(sites);
		this.#standing = {
			mechanical: this.#start.mechanical.slice(),
			electric: this.#start.electric.slice()
		};
		for (const kind of KINDS) this.docked += this.#start[kind].reduce((a, b) => a + b, 0);
		this.#byHome = cumulative(sites.map(({ use, work }) => use * (1 - work)));
		this.#byWork = cumulative(sites.map(({ use, work }) => use * work));
	}

	/** Bikes standing at a station now. */
	standing(station: number): Record<Kind, number> {
		return {
			mechanical: this.#standing.mechanical[station] ?? 0,
			electric: this.#standing.electric[station] ?? 0
		};
	}

	/** Lives every minute up to the one at `ms`, inside this day. */
	runTo(ms: number): void {
		while (this.now + MINUTE <= ms) {
			this.now += MINUTE;
			this.#liveMinute();
		}
	}

	#liveMinute(): void {
		for (const move of this.#due.get(this.now) ?? []) this.#make(move);
		this.#due.delete(this.now);
		const left = this.day.end - this.now;
		if (left === VANS_LEAVE_MS) this.#sendVans();
		if (left <= LAST_TRIP_MS) return;
		const { perMinute, tide } = this.#demand(this.now);
		for (let trips = Math.floor(perMinute + this.#next()); trips > 0; trips--) this.#ride(tide);
	}

	#ride(tide: number): void {
		const toWork = this.#next() < (1 + tide) / 2;
		const from = pick(toWork ? this.#byHome : this.#byWork, this.#next());
		let to = from;
		let metres = 0;
		// Most trips are between 400 m and 4 km: below one walks, above one takes the metro.
		for (let tries = 0; tries < 4 && (metres < 400 || metres > 4_000); tries++) {
			to = pick(toWork ? this.#byWork : this.#byHome, this.#next());
			metres = this.#between(from, to);
		}
		const wanted: Kind = this.#next() < 0.6 ? 'electric' : 'mechanical';
		const other: Kind = wanted === 'electric' ? 'mechanical' : 'electric';
		const kind = this.#count(wanted, from) > 0 ? wanted : other;
		if (this.#count(kind, from) === 0) return; // an empty station: the person walks away
		this.#make({ kind, station: from, step: -1 });
		// 12 km/h along streets 1.3 times longer than the straight line, and two minutes at the docks.
		const minutes = Math.min(LONGEST_TRIP_MIN, 2 + Math.ceil((metres * 1.3) / 200));
		this.#later(this.now + minutes * MINUTE, { kind, station: to, step: 1 });
	}

	#make({ kind, station, step }: Move): void {
		const at = step > 0 ? this.#withRoom(station) : station;
		const standing = this.#standing[kind];
		standing[at] = (standing[at] ?? 0) + step;
		this.docked += step;
		this.moving -= step;
	}

	#later(at: number, move: Move): void {
		const due = this.#due.get(at);
		if (due) due.push(move);
		else this.#due.set(at, [move]);
	}

	/** Every bike too many somewhere goes where one lacks, so that the next day starts like this one. */
	#sendVans(): void {
		for (const kind of KINDS) {
			const tooMany: number[] = [];
			const lacking: number[] = [];
			this.#standing[kind].forEach((count, station) => {
				const extra = count - (this.#start[kind][station] ?? 0);
				for (let i = 0; i < Math.abs(extra); i++) (extra > 0 ? tooMany : lacking).push(station);
			});
			const minute = (i: number) => 1 + Math.floor((i * VAN_WORK_MIN) / tooMany.length);
			tooMany.forEach((station, i) =>
				this.#later(this.now + minute(i) * MINUTE, { kind, station, step: -1 })
			);
			const unload = this.day.end - VANS_UNLOAD_MS;
			lacking.forEach((station, i) =>
				this.#later(unload + minute(i) * MINUTE, { kind, station, step: 1 })
			);
		}
	}

	#count(kind: Kind, station: number): number {
		return this.#standing[kind][station] ?? 0;
	}

	#room(station: number): boolean {
		const bikes = this.#count('mechanical', station) + this.#count('electric', station);
		return bikes < (this.#sites[station]?.docks ?? 0) - SPARE_DOCKS;
	}

	/** The station itself or, where it is full, the nearest one with a free dock. */
	#withRoom(station: number): number {
		if (this.#room(station)) return station;
		let near = this.#near.get(station);
		if (!near) {
			near = this.#sites.map((_, i) => i);
			near.sort((a, b) => this.#between(station, a) - this.#between(station, b) || a - b);
			near = near.slice(1, 40);
			this.#near.set(station, near);
		}
		const free = near.find((other) => this.#room(other));
		// Half of all docks are free, so somewhere there is one.
		return free ?? this.#sites.findIndex((_, i) => this.#room(i));
	}

	#between(a: number, b: number): number {
		const from = this.#sites[a];
		const to = this.#sites[b];
		return from && to ? distance(from.location, to.location) : 0;
	}
}

const SPARE_DOCKS = 2; // as many as may be broken: a bike is never docked where no dock works

/** Where bikes stand at 4: more where people sleep, always less than the docks that work. */
function firstMorning(sites: readonly BikeSite[]): Record<Kind, Int32Array> {
	const mechanical = new Int32Array(sites.length);
	const electric = new Int32Array(sites.length);
	sites.forEach(({ docks, work }, i) => {
		const bikes = Math.round(docks * (0.62 - 0.3 * work));
		electric[i] = Math.round(bikes * 0.45);
		mechanical[i] = bikes - electric[i];
	});
	return { mechanical, electric };
}

function cumulative(weights: readonly number[]): Float64Array {
	const sums = new Float64Array(weights.length);
	let sum = 0;
	weights.forEach((weight, i) => (sums[i] = sum += weight));
	return sums;
}

/** The index whose share of the whole holds `at` (0 to 1). */
function pick(sums: Float64Array, at: number): number {
	const wanted = at * (sums.at(-1) ?? 0);
	let low = 0;
	let high = sums.length - 1;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sums[middle] ?? 0) > wanted) high = middle;
		else low = middle + 1;
	}
	return low;
}

import type { PromiseName } from './promises.ts';
import type { Searched } from './results.ts';
import type { Load } from './step.ts';

/** Toulouse: 5,000 sensors, each a reading every ten seconds. */
export const CITY = 500;

const WHOLE: readonly PromiseName[] = [
	'stored',
	'queryable',
	'quiet',
	'frames',
	'puback',
	'phones',
	'pace'
];

interface Kind {
	unit: string;
	promises: readonly PromiseName[];
	from: number;
	most: number;
	load: (level: number, quick: boolean) => Load;
}

const watching = (quick: boolean) => (quick ? 10 : 50);
const city = (quick: boolean) => (quick ? CITY / 5 : CITY);

/** What is looked for, and what stands beside it meanwhile. */
export const KINDS: Record<Searched, Kind> = {
	readings: {
		unit: 'readings/s',
		promises: WHOLE,
		from: 500,
		most: 64_000,
		load: (rate, quick) => ({ rate, phones: watching(quick), clients: 0 })
	},
	phones: {
		unit: 'phones',
		promises: WHOLE,
		from: 200,
		most: 6_400,
		load: (phones, quick) => ({ rate: city(quick), phones, clients: 0 })
	},
	history: {
		unit: 'clients',
		promises: [...WHOLE, 'history', 'answers'],
		from: 1,
		most: 256,
		load: (clients, quick) => ({ rate: city(quick), phones: watching(quick), clients })
	},
	direct: {
		unit: 'readings/s',
		promises: ['stored', 'puback', 'pace'],
		from: 4_000,
		most: 64_000,
		load: (rate) => ({ rate, phones: 0, clients: 0 })
	}
};

/** A shape in words, as the tables have it. */
export const words = ({ intakes, webs }: { intakes: number; webs: number }) =>
	intakes === 0
		? 'Mosquitto alone'
		: `${intakes} intake${intakes > 1 ? 's' : ''}, ${webs} web process${webs > 1 ? 'es' : ''}`;

import type { Position } from '../../src/lib/geo.ts';
import type { Value } from '../../src/lib/layers/define-layer.ts';

/** One simulated thing that reports. */
export interface Device {
	id: string;
	name: string;
	location: Position;
}

/** A kind of data as the simulator lives it. Values depend on the seed and the time alone. */
export interface Model {
	layer: string;
	devices: readonly Device[];
	/** Each device reports once in so many ms, at a moment of its own. */
	everyMs: number;
	/** The spread of those moments: a device's own is somewhere in the first so many ms of the period. */
	spreadMs: number;
	/** For a report sent at `ms`, the time its values are for. */
	observed(ms: number): number;
	/** What device number `index` reads for the time `ms`. Cheapest when asked in order of time. */
	values(index: number, ms: number): Record<string, Value>;
}

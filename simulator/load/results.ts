import type { PromiseName } from './promises.ts';
import type { Step } from './step.ts';

export type Searched = 'readings' | 'phones' | 'history' | 'direct';

/** One search as it is kept: what was looked for, in which shape, where it ended. */
export interface SearchResult {
	what: Searched;
	intakes: number;
	webs: number;
	edge: number;
	ended: 'edge' | 'most' | 'time';
	/** What gave first: the promises broken by the lowest load that broke one. */
	first: PromiseName[];
	held: Step | undefined;
	broke: Step | undefined;
	steps: Step[];
}

/** Readings stored per second of the process's own CPU, and how many were lost. */
export interface PeerResult {
	name: string;
	perCpuSecond: number;
	lost: number;
	count: number;
}

/** Everything a run found: `docs/limits.md`, its drawing and the chapter of the report are made from this alone. */
export interface Results {
	date: string;
	command: string;
	quick: boolean;
	seconds: number;
	tookSeconds: number;
	devices: number;
	machine: { cpu: string; cores: number; memoryGiB: number; system: string; node: string };
	engines: string[];
	/** Other work on the machine when the run began: load average of a minute. */
	loadAverage: number;
	searches: SearchResult[];
	/** From an earlier run where `--peers` was not given. */
	peers: { date: string; found: PeerResult[] } | undefined;
}

export const searchOf = ({ searches }: Results, what: Searched, intakes = 1, webs = 1) =>
	searches.find((each) => each.what === what && each.intakes === intakes && each.webs === webs);

/** The figure of a search that is told: queries a second for history, else the load itself. */
export const figure = (found: SearchResult | undefined): number =>
	!found
		? 0
		: found.what === 'history'
			? Math.round(found.held?.measured.queries ?? 0)
			: found.edge;

import { setTimeout as pause } from 'node:timers/promises';
import { broken, type Measured, type PromiseName } from './promises.ts';
import type { Stage } from './stage.ts';
import { between, usage, type Used } from './usage.ts';

export interface Load {
	/** Readings a second. */
	rate: number;
	phones: number;
	/** Clients that ask for history one query after the other. */
	clients: number;
}

export interface Step {
	level: number;
	load: Load;
	measured: Measured;
	broken: PromiseName[];
	used: Record<string, Used>;
}

export interface Timing {
	warmMs: number;
	seconds: number;
}

const DRAIN_MS = 20_000;
/** Nothing more for so long: what is missing does not come any more. */
const STILL_MS = 5_000;

interface Sent {
	sent: number;
	acknowledged: number;
	waiting: number;
	puback?: number;
}

let missingBefore = 0;
/** A new stage begins its account anew. */
export const newAccount = () => (missingBefore = 0);

/** Puts one load on the stage, warms up, measures, takes the load away and waits until all acknowledged is stored. */
export async function step(
	stage: Stage,
	level: number,
	load: Load,
	asked: readonly PromiseName[],
	{ warmMs, seconds }: Timing
): Promise<Step> {
	const { sender, phones, queries, probes } = stage;
	await phones?.ask({ phones: load.phones });
	await sender.ask({ rate: load.rate });
	await queries?.ask({ clients: load.clients });
	await pause(warmMs);
	await Promise.all([sender.ask('mark'), phones?.ask('mark'), queries?.ask('mark')]);
	probes?.mark();
	const before = usage();
	const begun = performance.now();
	await pause(seconds * 1_000);
	const took = (performance.now() - begun) / 1_000;
	const used = between(before, usage(), took);
	const [sent, seen, answers] = await Promise.all([
		sender.ask<Sent>('tell'),
		phones?.ask<{ open: number; received: number; frames?: number }>('tell'),
		queries?.ask<{ answered: number; errors: number; failure: string; history?: number }>('tell')
	]);
	const found = probes?.figures();
	await queries?.ask({ clients: 0 });
	await sender.ask({ rate: 0 });
	const { missing, drainMs } = await drain(stage);
	if (answers?.failure) console.log(`  a query failed: ${answers.failure}`);
	const measured: Measured = {
		wanted: load.rate,
		sent: sent.sent / took,
		acknowledged: sent.acknowledged,
		missing,
		drainMs,
		phones: load.phones,
		phonesOpen: seen?.open ?? 0,
		deliveries: (seen?.received ?? 0) / took,
		queries: (answers?.answered ?? 0) / took,
		queryErrors: answers?.errors ?? 0,
		...(sent.puback !== undefined && { puback: sent.puback }),
		...(found?.queryable !== undefined && { queryable: found.queryable }),
		...(found?.quiet !== undefined && { quiet: found.quiet }),
		...(seen?.frames !== undefined && { frames: seen.frames }),
		...(answers?.history !== undefined && { history: answers.history })
	};
	return { level, load, measured, broken: broken(measured, asked), used };
}

async function drain({ sender, stored }: Stage): Promise<{ missing: number; drainMs: number }> {
	const begun = Date.now();
	let last = -1;
	let since = begun;
	for (;;) {
		// In this order: what is acknowledged must be there already, or come.
		const { acknowledged, waiting } = await sender.ask<Sent>('tell');
		const there = await stored();
		const missing = Math.max(0, acknowledged - there);
		if (there + acknowledged !== last) [last, since] = [there + acknowledged, Date.now()];
		const now = Date.now();
		if (missing === 0 && waiting === 0) {
			missingBefore = 0;
			return { missing, drainMs: now - begun };
		}
		if (now - since > STILL_MS || now - begun > DRAIN_MS) {
			// Told once, at the step that lost or delayed them.
			const more = Math.max(0, missing - missingBefore);
			missingBefore = missing;
			return { missing: more, drainMs: now - begun };
		}
		await pause(100);
	}
}

import type { DatabaseSync } from 'node:sqlite';
import type { Register } from '../../src/lib/layers/index.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { Catalogue } from './catalogue.ts';
import { InfluxHistory } from './influx.ts';
import { SqliteHistory } from './sqlite.ts';
import { Staging } from './staging.ts';
import { DAY_MS, type HistoryStore } from './store.ts';

/**
 * The store the configuration names, on the shared handle of `history.db`: InfluxDB where `INFLUX_URL` is set (the file
 * is then its durable outbox), else that file itself. Nothing runs before `open`.
 */
export function createHistory(o: {
	db: DatabaseSync;
	register: Register;
	config: Pick<Config, 'influx' | 'history'>;
	clock: () => number;
	log: Log;
}): HistoryStore {
	const { db, register, config, clock, log } = o;
	const catalogue = new Catalogue(db);
	const staging = new Staging(db, catalogue, clock, config.history.rawDays * DAY_MS);
	const deps = { db, catalogue, staging, register, retention: config.history, clock, log };
	return config.influx ? new InfluxHistory(deps, config.influx) : new SqliteHistory(deps);
}

/** Pause between rounds of upkeep with nothing to do; under load one round follows another at once. */
const ROUND_MS = 250;

/** Keeps a store's upkeep going until `signal` aborts; a failure is logged and tried again, never thrown. */
export async function keepUp(
	store: HistoryStore,
	clock: () => number,
	log: Log,
	signal: AbortSignal
): Promise<void> {
	let failing = false;
	while (!signal.aborted) {
		let more = false;
		try {
			({ more } = await store.maintain(clock()));
			failing = false;
		} catch (error) {
			if (!failing) log.error({ err: error }, 'history upkeep failed; it will be tried again');
			failing = true;
		}
		await pause(more ? 1 : failing ? 5_000 : ROUND_MS, signal);
	}
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', done);
			resolve();
		};
		const timer = setTimeout(done, ms);
		signal.addEventListener('abort', done, { once: true });
		if (signal.aborted) done();
	});
}

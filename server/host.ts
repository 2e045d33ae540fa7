import type { Register } from '../src/lib/layers/index.ts';
import type { ServiceName } from './broker/rights.ts';
import type { Broker } from './broker/port.ts';
import type { Config, SourceConfig } from './config.ts';
import type { Election } from './election.ts';
import type { Database } from './database/database.ts';
import type { DistrictMap } from './districts/map.ts';
import type { HistoryStore } from './history/store.ts';
import type { Log } from './log.ts';
import type { createHealth } from './ops/health.ts';
import type { createMetrics } from './ops/metrics.ts';

/** What the composition root lends to each service it starts; a service's own `service.ts` does the rest. */
export interface Host {
	config: Config;
	register: Register;
	/** The feeds to read: none where every layer is simulated. */
	sources: readonly SourceConfig[];
	history: HistoryStore;
	districts: DistrictMap;
	/** Only in a process with `web` or `alerts`. */
	database: Database | undefined;
	metrics: ReturnType<typeof createMetrics>;
	health: ReturnType<typeof createHealth>;
	clock: () => number;
	/** When this process began, ms: what an election goes by. */
	since: number;
	log: Log;
	/** Aborted when the process ends: first of all, before connections and stores are closed. */
	signal: AbortSignal;
	/** A connection under the account of a service, with its last will; closed when the process ends. */
	connect(name: ServiceName): Promise<Broker>;
	/**
	 * From now on the service says every 5 s that it is up, with `extra` news, and at the end that it is not. Answers a
	 * function that says it at once.
	 */
	up(name: string, broker: Broker, extra?: () => Record<string, unknown>): () => Promise<void>;
	/** Chooses the one active process among those that run this service; `onActive` when that becomes this one. */
	elect(name: string, broker: Broker, onActive: () => void): Promise<Election>;
	/** Something that runs until `signal` aborts: the end waits for it, and a failure is logged. */
	keep(name: string, run: Promise<unknown>): void;
	/** What the end must do; the last one given is done first. */
	atEnd(close: () => Promise<void> | void): void;
}

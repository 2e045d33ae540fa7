import type { DatabaseSync } from 'node:sqlite';
import type { Register } from '../../src/lib/layers/index.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Catalogue } from './catalogue.ts';
import { transaction } from './database.ts';
import type { Staging } from './staging.ts';
import { DAY_MS, HOUR_MS, QUARTER_MS, type Reading, type SeriesKey } from './store.ts';

export interface SharedDeps {
	db: DatabaseSync;
	catalogue: Catalogue;
	staging: Staging;
	register: Register;
	retention: Config['history'];
	clock: () => number;
	log: Log;
}

const MINUTE_MS = 60_000;

/** What both stores do alike: take readings in, know their series, say how fine an old question can be answered. */
export class Shared {
	#deps: SharedDeps;

	constructor(deps: SharedDeps) {
		this.#deps = deps;
	}

	stage(readings: readonly Reading[]) {
		return this.#deps.staging.stage(readings);
	}

	async append(readings: readonly Reading[]) {
		const refused = transaction(this.#deps.db, () => this.stage(readings));
		return { accepted: readings.length - refused.length, refused };
	}

	knows(entity: string): boolean {
		this.#deps.catalogue.refresh();
		return this.#deps.catalogue.knows(entity);
	}

	/** Since when each tier is whole: raw, 15 min, 1 h. */
	keptSince(now: number): [number, number, number] {
		const { rawDays, quarterDays, hourDays } = this.#deps.retention;
		return [now - rawDays * DAY_MS, now - quarterDays * DAY_MS, now - hourDays * DAY_MS];
	}

	finest({ entity, attribute }: SeriesKey, from: number): number {
		this.#deps.catalogue.refresh();
		const { keptFrom = 0, keptTo = 0 } = this.#deps.catalogue.find(entity, attribute) ?? {};
		const [raw, quarter] = this.keptSince(this.#deps.clock());
		if (from >= raw || (from >= keptFrom && from < keptTo)) return MINUTE_MS;
		return from >= quarter ? QUARTER_MS : HOUR_MS;
	}

	importedUntil({ entity, attribute }: SeriesKey): number | undefined {
		this.#deps.catalogue.refresh();
		return this.#deps.catalogue.find(entity, attribute)?.keptTo || undefined;
	}
}

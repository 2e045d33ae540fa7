import type { Register } from '../../src/lib/layers/index.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Database } from '../database/database.ts';
import type { CityDistricts } from '../districts/picture.ts';
import type { HistoryStore } from '../history/store.ts';
import type { Packs } from '../packs/packs.ts';
import type { Open311 } from '../open311/open311.ts';
import type { Reports } from '../reports/reports.ts';
import type { CityAlerts } from '../city-alerts/picture.ts';
import type { City } from './city.ts';

/** What a source last did, as its connector announces it and as `/readyz` and `/api/v1/layers` tell it. */
export interface SourceStatus {
	id: string;
	layer: string;
	licence: string;
	attribution: string;
	/** Undefined until its first answer or failure. */
	ok: boolean | undefined;
	/** Since when `ok` is what it is, RFC 3339. */
	since: string | undefined;
	/** When it last answered whole, RFC 3339. */
	lastSuccess: string | undefined;
	/** Error code and words of the last failure. */
	detail: string | undefined;
}

/** One line of `/readyz`: a dependency or a source. */
export interface Health {
	name: string;
	ok: boolean;
	since: string | undefined;
	detail: string | undefined;
}

/** What a device said through the HTTP door. */
export interface RawDoor {
	/**
	 * Publishes one raw payload with the device's own credential and resolves once the broker acknowledged it.
	 * Rejects `credentials_refused`, `topic_forbidden`, `broker_unavailable`, `too_many_requests`.
	 */
	publish(user: string, password: string, topic: string, payload: Buffer): Promise<void>;
}

/** Everything the web routes may use: made by `server/main.ts`, handed to SvelteKit as `event.locals.services`. */
export interface Services {
	config: Pick<Config, 'origin' | 'mqtt' | 'city' | 'dataDir' | 'portalUrl' | 'push'>;
	register: Register;
	city: City;
	/** What the city warns of, as the broker retains it. */
	cityAlerts: CityAlerts;
	history: HistoryStore;
	/** Borders of the districts, and their figures as last published. */
	districts: CityDistricts;
	/** Reports, alerts, subscriptions. */
	database: Database;
	/** What people report, and what becomes of it. */
	reports: Reports;
	/** The same reports, in the words of GeoReport v2. */
	open311: Open311;
	door: RawDoor;
	/** Open data that stays where it is; empty in a process without `web`. */
	packs: Packs;
	log: Log;
	/** Status of every source of every connectors service, from `service/+/status`. */
	sources(): SourceStatus[];
	/** Dependencies, then sources. `ready` is false only until this process can serve and accept. */
	health(): { ready: boolean; checks: Health[] };
	/** Prometheus text of this process. */
	metrics(): Promise<{ contentType: string; body: string }>;
}

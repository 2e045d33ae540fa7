import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { register } from '../src/lib/layers/index.ts';
import { PREFIX } from '../src/lib/topics.ts';
import { connectBroker } from './broker/client.ts';
import type { Broker } from './broker/port.ts';
import { startAlerts } from './alerts/service.ts';
import { rawDoor } from './broker/door.ts';
import { embeddedBroker, type EmbeddedBroker } from './broker/embedded.ts';
import { mqttGateway } from './broker/gateway.ts';
import { City } from './city/city.ts';
import { CityAlerts } from './city-alerts/picture.ts';
import type { Services, SourceStatus } from './city/services.ts';
import { watchSources } from './city/sources.ts';
import type { Config } from './config.ts';
import { startConnectors } from './connectors/service.ts';
import { citySources } from './connectors/sources.ts';
import { claimDataDir, makeFolder, sayDamaged } from './data-dir.ts';
import { election } from './election.ts';
import { startFrames } from './frames/service.ts';
import { openDatabase, type Database } from './database/database.ts';
import { DistrictMap } from './districts/map.ts';
import { CityDistricts } from './districts/picture.ts';
import { startDistricts } from './districts/service.ts';
import { openHistoryDb } from './history/database.ts';
import { createHistory, keepUp } from './history/history.ts';
import type { HistoryStore } from './history/store.ts';
import type { Host } from './host.ts';
import { Intake } from './intake/intake.ts';
import { Journal } from './intake/journal.ts';
import { startIntake } from './intake/service.ts';
import { announce, VERSION, will } from './lifecycle.ts';
import type { Log } from './log.ts';
import {
	brokerFigures,
	cityFigures,
	historyFigures,
	intakeFigures,
	processFigures,
	sourceFigures
} from './ops/figures.ts';
import { createHealth } from './ops/health.ts';
import { listenForOps } from './ops/listener.ts';
import { createMetrics } from './ops/metrics.ts';
import { Packs } from './packs/packs.ts';
import { citySettings } from './packs/settings.ts';
import { createOpen311, type Open311 } from './open311/open311.ts';
import { createReports, type Reports } from './reports/reports.ts';
import { readPack } from '#simulator/pack.ts';
import { createSimulator } from '#simulator/service.ts';
import { cannotListen, StartError } from './start-error.ts';
import { createHttpServer } from './web/http.ts';

/** What one process can run; without `--only` all of them. */
export const ROLES = [
	'intake',
	'frames',
	'districts',
	'connectors',
	'simulator',
	'alerts',
	'web'
] as const;
export type RoleName = (typeof ROLES)[number];

const HEALTH_EVERY_MS = 5_000;

export type PageHandler = (req: IncomingMessage, res: ServerResponse, next: () => void) => unknown;

export interface Running {
	/** Where the app answers; undefined in a process without `web`. */
	url: string | undefined;
	services: Services;
	/** Stops everything, in the order that loses nothing. */
	stop(): Promise<void>;
}

type Pages = (server: Server) => Promise<PageHandler>;

/** What has been started, to be ended in the opposite order. */
interface Started {
	stop: AbortController;
	ends: (() => Promise<void> | void)[];
	running: Promise<unknown>[];
}

/**
 * Composes the program from a configuration: opens the stores, the broker and the services that `roles` names, and
 * resolves once it can serve and accept. `pages` gives SvelteKit's handler; without one no HTTP server is made. Where it
 * rejects, or `signal` aborts while it still waits (for an external broker), what was opened is closed again.
 */
export async function startApp(
	config: Config,
	roles: ReadonlySet<RoleName>,
	log: Log,
	pages?: Pages,
	signal?: AbortSignal
): Promise<Running> {
	const started: Started = { stop: new AbortController(), ends: [], running: [] };
	const { stop } = started;
	const abort = () => stop.abort();
	if (signal?.aborted) abort();
	signal?.addEventListener('abort', abort, { once: true });
	try {
		const app = await compose(config, roles, log, pages, started);
		return { ...app, stop: () => endAll(started, log) };
	} catch (error) {
		await endAll(started, log);
		throw sayDamaged(error, historyFile(config));
	} finally {
		signal?.removeEventListener('abort', abort);
	}
}

/** Does `work` again and again, never twice at once, until `signal` aborts. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
	while (!signal.aborted) {
		await work();
		await setTimeoutPromise(ms, undefined, { signal, ref: false }).catch(() => {});
	}
}

const historyFile = ({ dataDir }: Config) => path.join(dataDir, 'history.db');

async function endAll({ stop, ends, running }: Started, log: Log): Promise<void> {
	stop.abort();
	// Last opened, first closed: services let go of the broker before it ends, and it before the store.
	for (const end of ends.reverse())
		await Promise.race([
			Promise.resolve(end()).catch((error: unknown) => log.warn({ err: error }, 'while stopping')),
			new Promise((resolve) => setTimeout(resolve, 6_000))
		]);
	await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 2_000))]);
}

async function compose(
	config: Config,
	roles: ReadonlySet<RoleName>,
	log: Log,
	pages: Pages | undefined,
	{ stop, ends, running }: Started
): Promise<Omit<Running, 'stop'>> {
	const clock = Date.now;
	const since = clock();
	const layers = register();
	const metrics = createMetrics();
	const health = createHealth(clock);
	// Asked even when nobody looks, so that « since » is when it happened and not when it was seen.
	const watch = setInterval(() => void health.checks(), HEALTH_EVERY_MS);
	stop.signal.addEventListener('abort', () => clearInterval(watch), { once: true });
	makeFolder(config.dataDir);

	const sources =
		config.sources ?? (config.simulator === 'on' ? [] : citySources(config.city, config.portalUrl));
	const keep = (name: string, run: Promise<unknown>) =>
		running.push(
			run.catch((error: unknown) => {
				if (!stop.signal.aborted) log.error({ err: error, service: name }, 'a service ended');
			})
		);

	const districts = new DistrictMap({ city: config.city, dataDir: config.dataDir, clock, log });

	// Stores and the intake come first: the embedded broker asks it about every message it acknowledges.
	let intake: Intake | undefined;
	let history: HistoryStore | undefined;
	const file = historyFile(config);
	if (roles.has('intake')) {
		// A reading and its entity are one transaction: acknowledged means that both are kept.
		ends.push(claimDataDir(config.dataDir));
		const journal = new Journal({
			file,
			clock,
			log,
			stage: (readings) => void history?.stage(readings)
		});
		ends.push(() => journal.close());
		history = createHistory({ db: journal.db, register: layers, config, clock, log });
		intake = new Intake({
			register: layers,
			journal,
			clock,
			log,
			simulator: config.simulator,
			district: (at) => districts.find(at)
		});
		const store = history;
		await store.open();
		const upkeep = keepUp(store, clock, log, stop.signal);
		ends.push(async () => {
			await upkeep;
			await store.close();
		});
		historyFigures(metrics, health, store);
		health.add({
			name: 'storage',
			check: () => ({
				ok: journal.failing === undefined,
				detail: journal.failing
			})
		});
		intakeFigures(metrics, intake, journal);
	} else {
		// Beside InfluxDB a process without the intake keeps nothing: it looks at an intake's file only where it shares one.
		const shared = config.influx === undefined || fs.existsSync(file);
		const db = openHistoryDb(shared ? file : ':memory:');
		ends.push(() => db.close());
		history = createHistory({ db, register: layers, config, clock, log });
		await history.open();
	}

	let embedded: EmbeddedBroker | undefined;
	if (!config.mqtt.url) {
		if (!intake)
			throw new StartError('--only: without MQTT_URL the broker needs the intake in its process');
		embedded = await embeddedBroker({
			mqtt: config.mqtt,
			host: config.host,
			dataDir: config.dataDir,
			origin: config.origin,
			trustedProxies: config.trustedProxies,
			accept: intake.accept.bind(intake),
			retained: intake.retained(),
			log
		}).catch((error: Error) => {
			throw cannotListen(error, 'MQTT_PORT', `${config.host}:${config.mqtt.port}`);
		});
		const broker = embedded;
		ends.push(() => broker.close());
		brokerFigures(metrics, () => broker.metrics());
	}

	// Reports, rules and subscriptions: for whoever answers people or watches for them.
	let database: Database | undefined;
	if (roles.has('web') || roles.has('alerts')) {
		const opened = (database = await openDatabase(config));
		ends.push(() => opened.close());
		const state = { ok: true, detail: undefined as string | undefined };
		health.add({ name: 'database', check: () => state });
		keep(
			'database',
			every(HEALTH_EVERY_MS, stop.signal, async () => {
				const failure = await opened.ping().then(
					() => undefined,
					(error: unknown) => (error instanceof Error ? error.message : String(error))
				);
				state.ok = failure === undefined;
				state.detail = failure;
			})
		);
	}

	const connections = new Map<string, Broker>();
	metrics.gauge(
		'capitoul_broker_connected',
		'1 while the connection of a service to the broker stands',
		() =>
			[...connections].map(([account, { connected }]) => ({
				value: Number(connected),
				labels: { account }
			})),
		['account']
	);
	let reports: Reports | undefined;
	let open311: Open311 | undefined;
	if (roles.has('web') && database) {
		const made = (reports = createReports({ database, dataDir: config.dataDir, clock, log }));
		open311 = createOpen311({ reports: made, area: readPack(config.city).city.bbox, log });
		keep('reports', made.keepUp(stop.signal));
		ends.push(() => made.close());
	}

	const host: Host = {
		config,
		database,
		register: layers,
		sources,
		history,
		districts,
		metrics,
		health,
		clock,
		since,
		log,
		signal: stop.signal,
		connect: async (name) => {
			const broker = await connectBroker({
				mqtt: config.mqtt,
				embedded,
				account: name,
				will: will(name, config.instance),
				log,
				signal: stop.signal
			});
			ends.push(() => broker.close());
			connections.set(name, broker);
			return broker;
		},
		up: (name, broker, extra) => {
			const say = announce(broker, name, config.instance, stop.signal, extra, since);
			ends.push(say);
			return say;
		},
		elect: (name, broker, onActive) =>
			election(
				{ broker, name, instance: config.instance, since, clock, log, onActive },
				stop.signal
			),
		keep,
		atEnd: (close) => void ends.push(close)
	};

	const city = new City(layers, log);
	const cityAlerts = new CityAlerts();
	let listSources: () => SourceStatus[] = () => [];
	const ready = { state: false, simulated: !roles.has('simulator') };

	const door = rawDoor({ mqtt: config.mqtt, embedded });
	ends.push(() => door.close());
	// Each process that answers people reads open data for itself: the content names its version, so they agree.
	const { portalUrl, dataDir } = config;
	const settings = citySettings(config.city);
	const packs = new Packs({
		settings: roles.has('web') ? settings : { ...settings, packs: [] },
		city: config.city,
		portalUrl,
		dataDir,
		log,
		clock
	});
	const services: Services = {
		packs,
		config,
		register: layers,
		city,
		cityAlerts,
		history,
		districts: new CityDistricts(districts),
		get database() {
			if (!database) throw new Error('only a process with web answers people');
			return database;
		},
		get reports() {
			if (!reports) throw new Error('only a process with web answers people');
			return reports;
		},
		get open311() {
			if (!open311) throw new Error('only a process with web answers people');
			return open311;
		},
		door,
		log,
		sources: () => listSources(),
		health: () => ({
			ready: ready.state && ready.simulated,
			checks: [
				...health.checks(),
				...listSources().map(({ id, ok, since, detail }) => ({
					name: `source ${id}`,
					ok: ok !== false,
					since,
					detail
				}))
			]
		}),
		metrics: () => metrics.text()
	};

	processFigures(metrics, () => services.health(), {
		roles: [...roles],
		instance: config.instance,
		version: VERSION
	});
	if (config.metricsPort !== undefined)
		ends.push(await listenForOps(config.metricsPort, config.host, services));

	// The web listens before all is ready, so that /healthz and /readyz can say so.
	let url: string | undefined;
	if (roles.has('web') && pages) {
		// Phones that are told another address need no way through this port.
		const outside =
			embedded || config.mqtt.publicUrl !== undefined ? undefined : mqttGateway({ ...config, log });
		const sockets = outside ?? embedded;
		if (outside) ends.push(() => outside.close());
		let handler: PageHandler = (_req, res) => res.writeHead(503).end();
		const http = createHttpServer({
			services,
			handler: (...request) => handler(...request),
			upgrade: (req, socket, head) => {
				// In development the page builder has a socket of its own on this server.
				// Compared as text: a target that is no address (« http://[ ») must not throw here.
				if (sockets && req.url?.split('?', 1)[0] === '/mqtt') sockets.upgrade(req, socket, head);
				else if (http.server.listenerCount('upgrade') === 1) socket.destroy();
			},
			config,
			log,
			metrics
		});
		handler = await pages(http.server);
		await new Promise<void>((resolve, reject) => {
			http.server.once('error', (error) =>
				reject(cannotListen(error, 'PORT', `${config.host}:${config.port}`))
			);
			http.server.listen(config.port, config.host, resolve);
		});
		const { port } = http.server.address() as AddressInfo;
		const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
		url = config.origin ?? `http://${host}:${port}`;
		ends.push(() => http.close());
	}

	if (intake) await startIntake(host, intake, !embedded);
	if (roles.has('frames')) await startFrames(host);
	if (roles.has('alerts')) await startAlerts(host);
	if (roles.has('districts')) await startDistricts(host);

	if (roles.has('web')) {
		const broker = await host.connect('web');
		host.up('web', broker);
		health.add({
			name: 'broker',
			check: () => ({
				ok: broker.connected,
				detail: broker.connected ? undefined : 'not connected'
			})
		});
		listSources = await watchSources(broker, clock);
		await broker.subscribe(`${PREFIX}/district/+/+`, (message) => services.districts.take(message));
		await broker.subscribe(`${PREFIX}/alert/+`, (message) => {
			try {
				cityAlerts.take(message);
			} catch (error) {
				// The alerts service sends it to `dead/`.
				log.warn({ topic: message.topic, err: error }, 'alert left aside');
			}
		});
		await broker.subscribeRetained(`${PREFIX}/state/#`, (message) => city.take(message));
		ready.state = true;
		cityFigures(metrics, city, layers, clock);
		sourceFigures(metrics, () => listSources());
		if (config.simulator !== 'on') keep('packs', packs.run(stop.signal));
	} else ready.state = true;

	// The simulator listens before the connectors speak, so that it hears their first answer.
	if (roles.has('simulator') && config.simulator !== 'off') {
		const broker = await host.connect('simulator');
		host.up('simulator', broker);
		const simulator = createSimulator({
			mode: config.simulator,
			register: layers,
			sources: config.simulator === 'on' ? [] : sources.map(({ id, layer }) => ({ id, layer })),
			pack: readPack(config.city),
			broker,
			clock,
			log
		});
		keep('simulator', simulator.run(stop.signal));
		void simulator.firstRound.then(() => (ready.simulated = true));
	} else ready.simulated = true;

	if (roles.has('connectors') && config.simulator !== 'on') await startConnectors(host);

	return { url, services };
}

import type { Register } from '../src/lib/layers/index.ts';
import { parseId, SIMULATED_SYSTEM } from '../src/lib/layers/entity.ts';
import { levels, topics, PREFIX } from '../src/lib/topics.ts';
import type { Broker } from '../server/broker/port.ts';
import type { SimulatorMode, SourceConfig } from '../server/config.ts';
import type { Log } from '../server/log.ts';
import { MODELLED, SimulatedCity, type Report } from './city.ts';
import type { Pack } from './pack.ts';
import { Sources } from './sources.ts';

export interface SimulatorOptions {
	mode: SimulatorMode;
	register: Register;
	/** The feeds of this run; a layer none of them names is simulated at once. */
	sources: readonly Pick<SourceConfig, 'id' | 'layer'>[];
	pack: Pack;
	broker: Broker;
	log: Log;
	seed?: number;
	clock?: () => number;
}

export interface Simulator {
	/** Simulates until the signal aborts; what is in flight is acknowledged before it resolves. */
	run(signal: AbortSignal): Promise<void>;
	/** Resolves once the first round of every layer that waits for no source is acknowledged (or nothing is simulated). */
	firstRound: Promise<void>;
	/** Layers whose values are invented at this moment. */
	simulating(): string[];
}

const PATIENCE_MS = 3_000; // CONTRACT 1: how long a layer waits for a first answer of its sources
const TICK_MS = 1_000;
const IN_FLIGHT = 100; // publishes waiting for their acknowledgement: enough to share a group commit, few to hold
const RETRY_MS = 500;
const TOO_LATE_MS = 10 * 60_000; // after a longer break only the present is told

/**
 * The demonstration city inside `npm start`, by the SIMULATOR row of CONTRACT 1. A layer with a real feed that answers is
 * real for the whole run: its simulated entities are removed and stay away, even when the feed fails later.
 */
export function createSimulator(options: SimulatorOptions): Simulator {
	const { mode, register, broker, log, pack, seed = 31, clock = Date.now } = options;
	const layers = mode === 'off' ? [] : MODELLED.filter((layer) => register.get(layer));
	const sources = new Sources(mode === 'on' ? [] : options.sources);
	const city = layers.length > 0 ? new SimulatedCity({ seed, pack, layers }) : undefined;
	const running = new Map<string, { stop: AbortController; ended: Promise<void> }>();
	const real = new Set<string>();
	const first = Promise.withResolvers<void>();

	/** Publishes all, at most IN_FLIGHT at once. False where one was not acknowledged; the rest is then left. */
	async function send(reports: readonly Pick<Report, 'topic' | 'payload'>[]): Promise<boolean> {
		let next = 0;
		let whole = true;
		const worker = async () => {
			for (let report; whole && (report = reports[next++]);) {
				try {
					await broker.publish(report.topic, report.payload, { qos: 1 });
				} catch (error) {
					if (whole) log.warn({ err: error, topic: report.topic }, 'simulated report not taken');
					whole = false;
				}
			}
		};
		await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
		return whole;
	}

	async function live(layer: string, signal: AbortSignal, shown: () => void): Promise<void> {
		if (!city) return;
		let told: number | undefined;
		while (!signal.aborted) {
			const now = clock();
			const fresh = told === undefined || now - told > TOO_LATE_MS;
			// Repeated where it failed: a report that came twice is the same point again.
			const reports = fresh ? city.initial(now, layer) : city.reports(told ?? now, now, layer);
			const taken = await send(reports);
			if (taken) {
				told = now;
				shown();
			}
			await pause(taken ? TICK_MS : RETRY_MS, signal);
		}
	}

	/** Starts a layer's devices unless they run or a real feed speaks. Resolves once its first round is acknowledged. */
	function start(layer: string): Promise<void> {
		if (running.has(layer) || real.has(layer)) return Promise.resolve();
		const stop = new AbortController();
		const shown = Promise.withResolvers<void>();
		log.info({ layer }, 'layer simulated');
		const ended = live(layer, stop.signal, shown.resolve).finally(shown.resolve);
		running.set(layer, { stop, ended });
		return shown.promise;
	}

	/** A real feed speaks: takes the layer's simulated entities away, those of former runs too. */
	async function leave(layer: string, signal: AbortSignal): Promise<void> {
		real.add(layer);
		const mine = running.get(layer);
		mine?.stop.abort();
		await mine?.ended; // nothing of ours may arrive after the removal
		running.delete(layer);
		const ids = new Set<string>();
		if (mine) for (const { id, layer: of } of city?.devices ?? []) if (of === layer) ids.add(id);
		let reading = true;
		await broker.subscribeRetained(`${PREFIX}/state/${layer}/+`, ({ topic, payload }) => {
			const id = levels(topic)?.[2] ?? '';
			if (reading && payload.length > 0 && parseId(id)?.system === SIMULATED_SYSTEM) ids.add(id);
		});
		reading = false;
		const removals = [...ids].map((id) => ({ topic: topics.raw(layer, id), payload: '' }));
		while (!(await send(removals)) && !signal.aborted) await pause(RETRY_MS, signal);
		log.info({ layer, removed: ids.size }, 'a real feed answers: simulated entities removed');
	}

	async function run(signal: AbortSignal): Promise<void> {
		const leaving: Promise<void>[] = [];
		const judge = () => {
			if (signal.aborted) return;
			for (const layer of layers) {
				if (real.has(layer)) continue;
				if (sources.answered(layer))
					leaving.push(
						leave(layer, signal).catch((error: unknown) =>
							log.error({ err: error, layer }, 'simulated entities could not be removed')
						)
					);
				else if (sources.allFailed(layer)) void start(layer);
			}
		};
		const ready = Promise.all(layers.filter((layer) => sources.none(layer)).map(start));
		void ready.then(() => first.resolve());
		if (mode === 'auto' && layers.length > 0)
			await broker.subscribe(`${PREFIX}/service/+/status`, ({ payload }) => {
				sources.take(payload, clock());
				judge();
			});
		await pause(PATIENCE_MS, signal);
		if (!signal.aborted) for (const layer of layers) void start(layer);
		if (!signal.aborted) await aborted(signal);
		for (const { stop } of running.values()) stop.abort();
		await Promise.all([...running.values()].map(({ ended }) => ended));
		await Promise.all(leaving);
		first.resolve();
	}

	return { run, firstRound: first.promise, simulating: () => [...running.keys()] };
}

/** Waits, at most until the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return Promise.resolve();
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', done);
			resolve();
		};
		const timer = setTimeout(done, ms);
		signal.addEventListener('abort', done, { once: true });
	});
}

const aborted = (signal: AbortSignal) =>
	new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

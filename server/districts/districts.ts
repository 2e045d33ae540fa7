import type { DistrictFigures } from '../../src/lib/districts/figures.ts';
import { readState, type Entity } from '../../src/lib/layers/entity.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { levels, PREFIX, topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import type { HistoryStore, Reading } from '../history/store.ts';
import { readingsOf } from '../intake/intake.ts';
import { readRaw } from '../intake/raw.ts';
import type { Log } from '../log.ts';
import { DurationsBy, AGE_SECONDS } from '../ops/durations.ts';
import type { DistrictMap } from './map.ts';
import { figuresOf, SensorReadings } from './windows.ts';

/** CONTRACT: on change, at most once a minute. */
const AT_MOST_MS = 60_000;
/** News that come together share a message. */
const TOGETHER_MS = 1_000;
/** Windows slide: what leaves them is told too. */
const SLIDE_MS = 15_000;
/** What a restart reads back: the longest window, and what a slow clock may add. */
const BACK_MS = 65 * 60_000;

interface Sensor {
	layer: string;
	/** As `state/` tells it; undefined while only raw messages spoke of it. */
	entity: Entity | undefined;
	district: string | undefined;
	readings: SensorReadings;
	/** When a message was last heard, ms. */
	heard: number;
}

interface Area {
	layer: string;
	id: string;
	sensors: Set<Sensor>;
	sentAt: number;
	timer: NodeJS.Timeout | undefined;
	/** What the last message told, without its time. */
	told: string | undefined;
}

interface Deps {
	register: Register;
	broker: Broker;
	history: Pick<HistoryStore, 'export'>;
	map: DistrictMap;
	clock: () => number;
	log: Log;
	active: () => boolean;
}

/**
 * Figures of each district and layer over the last quarter of an hour and the last hour, by event time.
 *
 * Where a sensor stands and whether it still is comes from `state/`; the readings come from the raw messages themselves, by
 * the same checks as the intake's, because `state/` keeps only the newest value and a late one must count too. A
 * reading counts in every window that holds its time, whenever it comes: the watermark is the start of the longest window,
 * one hour back, and whatever comes before it changes no window (history still takes it). After a restart the last hour is read back from history.
 */
export class Districts {
	sent = 0;
	/** How old the newest reading of a district's figures is when they leave. */
	readonly ages = new DurationsBy(AGE_SECONDS);
	#d: Deps;
	#sensors = new Map<string, Sensor>();
	#areas = new Map<string, Area>();
	/** Topics found retained at the start. */
	#standing = new Set<string>();
	#version: number;
	#stopped = false;

	constructor(deps: Deps) {
		this.#d = deps;
		this.#version = deps.map.version;
	}

	/** Districts with figures, for metrics. */
	get size(): number {
		return this.#areas.size;
	}

	/** Runs until `signal` aborts. */
	async run(signal: AbortSignal): Promise<void> {
		const { broker } = this.#d;
		await broker.subscribeRetained(`${PREFIX}/district/+/+`, ({ topic, payload, retained }) => {
			if (retained && payload.length > 0) this.#standing.add(topic);
		});
		await broker.subscribe(`${PREFIX}/raw/+/+`, (message) => this.#raw(message));
		await broker.subscribeRetained(`${PREFIX}/state/#`, (message) => this.#state(message));
		await this.#readBack(signal);
		this.#clearStanding();
		const slide = setInterval(() => this.#slide(), SLIDE_MS);
		await new Promise<void>((resolve) => {
			if (signal.aborted) return resolve();
			signal.addEventListener('abort', () => resolve(), { once: true });
		});
		this.#stopped = true;
		clearInterval(slide);
		for (const { timer } of this.#areas.values()) clearTimeout(timer);
	}

	/** Clears figures of former runs that nobody stands behind any more; one that stands by leaves it to its turn. */
	#clearStanding(): void {
		if (!this.#d.active()) return;
		for (const topic of this.#standing) {
			const [, layer = '', id = ''] = levels(topic) ?? [];
			if (!this.#areas.has(key(layer, id))) void this.#publish(topic, '');
		}
		this.#standing.clear();
	}

	/** Publishes everything, as the service that has just become the active one does. */
	activate(): void {
		this.#clearStanding();
		for (const area of this.#areas.values()) {
			area.told = undefined;
			this.#touch(area);
		}
	}

	/** One raw message; what the intake refuses counts here neither. */
	#raw({ topic, payload }: Message): void {
		const now = this.#d.clock();
		let patch: ReturnType<typeof readRaw>;
		try {
			patch = readRaw(this.#d.register, topic, payload, now);
		} catch {
			return; // the intake tells why, on `dead/`
		}
		if ('removed' in patch) return; // `state/` says so too
		const known = this.#sensors.get(patch.id)?.entity;
		// A second source of one id is refused by the intake.
		if (known?.source !== undefined && patch.source !== undefined && known.source !== patch.source)
			return;
		this.#count(readingsOf(patch), now);
	}

	#count(readings: readonly Reading[], now: number): void {
		for (const { entity, layer, attribute, t, v } of readings) {
			if (t <= now - BACK_MS) continue;
			const sensor = this.#sensor(entity, layer);
			sensor.heard = now;
			if (sensor.readings.add({ attribute, t, v })) this.#touchOf(sensor);
		}
	}

	#state({ topic, payload }: Message): void {
		const [, layerId = '', id = ''] = levels(topic) ?? [];
		const layer = this.#d.register.get(layerId);
		if (!layer || id === '') return;
		if (payload.length === 0) return this.#remove(id);
		let entity: Entity;
		try {
			entity = readState(layer, id, JSON.parse(payload.toString('utf8')));
		} catch (error) {
			this.#d.log.warn({ topic, err: error }, 'state message left aside');
			return;
		}
		const sensor = this.#sensor(id, layerId);
		if (sensor.entity && sensor.entity.received > entity.received) return;
		sensor.entity = entity;
		sensor.heard = this.#d.clock();
		this.#settle(sensor);
		// What stands in `state/` was said once: a reading like the others, should its raw message have been missed.
		if (entity.quality === 'ok')
			for (const attribute of layer.live) {
				const v = entity.values[attribute];
				const t = entity.times[attribute];
				if (typeof v !== 'number' || t === undefined || t <= this.#d.clock() - BACK_MS) continue;
				if (sensor.readings.add({ attribute, t, v })) this.#touchOf(sensor);
			}
	}

	#sensor(id: string, layer: string): Sensor {
		let sensor = this.#sensors.get(id);
		if (!sensor) {
			sensor = {
				layer,
				entity: undefined,
				district: undefined,
				readings: new SensorReadings(),
				heard: this.#d.clock()
			};
			this.#sensors.set(id, sensor);
		}
		return sensor;
	}

	#remove(id: string): void {
		const sensor = this.#sensors.get(id);
		if (!sensor) return;
		this.#sensors.delete(id);
		this.#leave(sensor);
	}

	/** Puts a sensor into the district it stands in. */
	#settle(sensor: Sensor): void {
		const at = sensor.entity?.location;
		const district = at && this.#d.map.find(at);
		if (district === sensor.district) return;
		this.#leave(sensor);
		sensor.district = district;
		if (district === undefined) return;
		const name = key(sensor.layer, district);
		let area = this.#areas.get(name);
		if (!area) {
			area = {
				layer: sensor.layer,
				id: district,
				sensors: new Set(),
				sentAt: -Infinity,
				timer: undefined,
				told: undefined
			};
			this.#areas.set(name, area);
		}
		area.sensors.add(sensor);
		this.#touch(area);
	}

	#leave(sensor: Sensor): void {
		if (sensor.district === undefined) return;
		const area = this.#areas.get(key(sensor.layer, sensor.district));
		sensor.district = undefined;
		if (!area) return;
		area.sensors.delete(sensor);
		this.#touch(area);
	}

	#touchOf({ layer, district }: Sensor): void {
		const area = district === undefined ? undefined : this.#areas.get(key(layer, district));
		if (area) this.#touch(area);
	}

	#touch(area: Area): void {
		if (area.timer || this.#stopped) return;
		const wait = Math.max(TOGETHER_MS, area.sentAt + AT_MOST_MS - this.#d.clock());
		area.timer = setTimeout(() => void this.#send(area), wait);
	}

	/** The figures of a layer in a district as they are now; undefined where it has no sensor. */
	figures(layer: string, district: string, now = this.#d.clock()): DistrictFigures | undefined {
		const area = this.#areas.get(key(layer, district));
		if (!area || area.sensors.size === 0) return undefined;
		const sensors = [...area.sensors];
		const figures = figuresOf(
			sensors.map(({ readings }) => readings),
			sensors.length,
			now
		);
		return sensors.some(({ entity }) => entity?.simulated)
			? { ...figures, simulated: true }
			: figures;
	}

	async #send(area: Area): Promise<void> {
		area.timer = undefined;
		if (!this.#d.active() || this.#stopped) return;
		const topic = topics.district(area.layer, area.id);
		const figures = this.figures(area.layer, area.id);
		if (!figures) {
			// Its last sensor is gone: nothing stands for it any more.
			this.#areas.delete(key(area.layer, area.id));
			return this.#publish(topic, '');
		}
		const told = JSON.stringify([figures.windows, figures.simulated]);
		if (told === area.told) return;
		area.told = told;
		area.sentAt = this.#d.clock();
		this.sent++;
		let newest = -Infinity;
		for (const { entity } of area.sensors) newest = Math.max(newest, entity?.observed ?? -Infinity);
		if (newest > -Infinity) this.ages.add(area.layer, (area.sentAt - newest) / 1000);
		await this.#publish(topic, JSON.stringify(figures));
	}

	async #publish(topic: string, payload: string): Promise<void> {
		// One that the broker did not take is superseded by the next.
		await this.#d.broker.publish(topic, payload, { qos: 0, retain: true }).catch(() => {});
	}

	/** Time goes on: windows lose what is too old for them, and borders may have become known. */
	#slide(): void {
		const now = this.#d.clock();
		void this.#d.map.fence; // looks for new files
		const moved = this.#version !== this.#d.map.version;
		this.#version = this.#d.map.version;
		for (const [id, sensor] of this.#sensors) {
			const silent = sensor.readings.forget(now);
			// Raw messages of something that never got a state: refused, or removed since.
			if (silent && !sensor.entity && sensor.heard < now - BACK_MS) this.#sensors.delete(id);
			else if (moved) this.#settle(sensor);
		}
		for (const area of this.#areas.values()) this.#touch(area);
	}

	async #readBack(signal: AbortSignal): Promise<void> {
		const now = this.#d.clock();
		try {
			for (const { id } of this.#d.register.all)
				for await (const page of this.#d.history.export(id, now - BACK_MS, now + BACK_MS)) {
					if (signal.aborted) return;
					this.#count(page, now);
				}
		} catch (err) {
			// Without it the windows fill within the hour.
			this.#d.log.warn({ err }, 'the last hour could not be read back from history');
		}
	}
}

const key = (layer: string, district: string) => `${layer}/${district}`;

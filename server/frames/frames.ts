import { geohash } from '../../src/lib/geo.ts';
import { readState, type Entity } from '../../src/lib/layers/entity.ts';
import type { Register } from '../../src/lib/layers/index.ts';
import { levels, PREFIX, topics } from '../../src/lib/topics.ts';
import type { Broker, Message } from '../broker/port.ts';
import type { Log } from '../log.ts';
import { AGE_SECONDS, DurationsBy, WORK_SECONDS } from '../ops/durations.ts';
import { frame } from './frame.ts';

/** A cell with entities says so at least this often, changed or not. */
const AT_LEAST_MS = 60_000;
const AT_MOST_MS = 1_000;
/** Frames of one cell and layer may take so many bytes a second. */
const BYTES_PER_SECOND = 1024;

interface Cell {
	layer: string;
	hash: string;
	entities: Map<string, Entity>;
	/** Ids with news that no frame has told yet. */
	news: Set<string>;
	/** When the next frame may go (ms). */
	freeAt: number;
	/** When the last frame went (ms). */
	sentAt: number;
	timer: NodeJS.Timeout | undefined;
	/** It was said that it is empty, and nothing since. */
	cleared: boolean;
}

interface Deps {
	register: Register;
	broker: Broker;
	clock: () => number;
	log: Log;
	/** Whether this process is the one that publishes: one active service of this name at a time. */
	active: () => boolean;
}

/**
 * Turns `state/` into frames: for each layer and geohash cell one retained message with the cell's whole state. After a
 * quiet second a change goes out at once; a busy cell waits its second, and longer the larger its frame, so that a
 * phone's data is bounded whatever the sensors do.
 */
export class Frames {
	sent = 0;
	bytes = 0;
	/** From a reading's arrival at the intake to the frame that tells it, by layer; readings it supersedes are not told. */
	readonly delays = new DurationsBy(WORK_SECONDS);
	/** How old a reading is when its frame leaves, by layer: the way from the sensor to the door of the phones. */
	readonly ages = new DurationsBy(AGE_SECONDS);
	#d: Deps;
	#cells = new Map<string, Cell>();
	/** Where each entity was last seen: its cell's key. */
	#where = new Map<string, string>();
	/** Cells found retained at the start: those that turn out empty are cleared. */
	#standing = new Set<string>();

	constructor(deps: Deps) {
		this.#d = deps;
	}

	/** Runs until `signal` aborts. */
	async run(signal: AbortSignal): Promise<void> {
		const { broker } = this.#d;
		await broker.subscribeRetained(`${PREFIX}/live/+/+`, ({ topic, payload, retained }) => {
			if (retained && payload.length > 0) this.#standing.add(topic);
		});
		await broker.subscribeRetained(`${PREFIX}/state/#`, (message) => this.#take(message));
		for (const topic of this.#standing) {
			const [, layer = '', hash = ''] = levels(topic) ?? [];
			if (!this.#cells.has(key(layer, hash)) && this.#d.active()) await this.#clear(layer, hash);
		}
		this.#standing.clear();
		const beat = setInterval(() => this.#all(), AT_LEAST_MS / 4);
		await new Promise<void>((resolve) => {
			if (signal.aborted) return resolve();
			signal.addEventListener('abort', () => resolve(), { once: true });
		});
		clearInterval(beat);
		for (const { timer } of this.#cells.values()) clearTimeout(timer);
	}

	/** Publishes every cell again, as the service that has just become the active one does. */
	activate(): void {
		for (const cell of this.#cells.values()) this.#touch(cell);
	}

	#take({ topic, payload, retained }: Message): void {
		const [, layerId = '', id = ''] = levels(topic) ?? [];
		const layer = this.#d.register.get(layerId);
		if (!layer || id === '') return;
		let entity: Entity | undefined;
		if (payload.length > 0) {
			try {
				entity = readState(layer, id, JSON.parse(payload.toString('utf8')));
			} catch (error) {
				this.#d.log.warn({ topic, err: error }, 'state message left aside');
				return;
			}
		}
		const before = this.#where.get(id);
		const hash = entity?.location && geohash(entity.location);
		const now = hash === undefined ? undefined : key(layerId, hash);
		if (before !== undefined && before !== now) {
			const left = this.#cells.get(before);
			left?.entities.delete(id);
			left?.news.delete(id);
			this.#where.delete(id);
			if (left) this.#touch(left);
		}
		if (now === undefined || hash === undefined || !entity) return;
		let cell = this.#cells.get(now);
		if (!cell) {
			cell = {
				layer: layerId,
				hash,
				entities: new Map(),
				news: new Set(),
				freeAt: 0,
				sentAt: 0,
				timer: undefined,
				cleared: false
			};
			this.#cells.set(now, cell);
		}
		const known = cell.entities.get(id);
		if (known && known.received > entity.received) return;
		cell.entities.set(id, entity);
		// What stood before we came is no news: its wait was not ours.
		if (!retained && known?.received !== entity.received) cell.news.add(id);
		this.#where.set(id, now);
		this.#touch(cell);
	}

	/** A frame of this cell goes as soon as its pacing allows. */
	#touch(cell: Cell): void {
		if (cell.timer) return;
		// Even « at once » waits for the end of this turn, so that messages that came together share a frame.
		cell.timer = setTimeout(
			() => void this.#send(cell),
			Math.max(0, cell.freeAt - this.#d.clock())
		);
	}

	async #send(cell: Cell): Promise<void> {
		cell.timer = undefined;
		if (!this.#d.active()) return cell.news.clear();
		const layer = this.#d.register.get(cell.layer);
		if (!layer) return;
		const now = this.#d.clock();
		const topic = topics.live(cell.layer, cell.hash);
		if (cell.entities.size === 0) {
			// Kept for its pace, and let go by `#all`: what comes and goes twenty times a second is told once a second.
			if (cell.cleared) return;
			cell.cleared = true;
			cell.freeAt = now + AT_MOST_MS;
			await this.#clear(cell.layer, cell.hash);
			return;
		}
		const payload = frame(layer, [...cell.entities.values()], now);
		const size = Buffer.byteLength(payload);
		cell.cleared = false;
		cell.sentAt = now;
		cell.freeAt = now + Math.max(AT_MOST_MS, (size / BYTES_PER_SECOND) * 1000);
		this.sent++;
		this.bytes += size;
		this.#count(cell);
		await this.#publish(topic, payload);
	}

	#count(cell: Cell): void {
		const now = this.#d.clock();
		for (const id of cell.news) {
			const entity = cell.entities.get(id);
			if (!entity) continue;
			this.delays.add(cell.layer, (now - entity.received) / 1000);
			if (entity.quality !== 'clock') this.ages.add(cell.layer, (now - entity.observed) / 1000);
		}
		cell.news.clear();
	}

	/** Says once that the cell is empty, then forgets it: both at once, so that no newer frame comes between and is wiped. */
	async #clear(layer: string, hash: string): Promise<void> {
		const topic = topics.live(layer, hash);
		const emptied = `{"t":${Math.floor(this.#d.clock() / 1000)},"e":{}}`;
		await Promise.all([this.#publish(topic, emptied), this.#publish(topic, '')]);
	}

	async #publish(topic: string, payload: string): Promise<void> {
		// A frame that the broker did not take is superseded by the next one: nothing to repeat.
		await this.#d.broker.publish(topic, payload, { qos: 0, retain: true }).catch(() => {});
	}

	#all(): void {
		const now = this.#d.clock();
		// Asked four times a minute, so a cell is sent after 55 s at the latest, however late a timer is.
		const due = now - (AT_LEAST_MS * 2) / 3;
		for (const [id, cell] of this.#cells) {
			if (cell.entities.size > 0) {
				if (cell.sentAt <= due) this.#touch(cell);
			} else if (cell.cleared && !cell.timer && cell.freeAt <= now) this.#cells.delete(id);
		}
	}
}

const key = (layer: string, hash: string) => `${layer}/${hash}`;

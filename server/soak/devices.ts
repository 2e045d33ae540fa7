import { setTimeout as pause } from 'node:timers/promises';
import { formatTime } from '../../src/lib/time.ts';
import { topics } from '../../src/lib/topics.ts';
import { dial, openLink, type Link } from '../broker/link.ts';

/** One reading a device made: when, what, and when the broker acknowledged it (ms), if it did. */
export interface Made {
	t: number;
	v: number;
	acknowledged: number | undefined;
}

export const ATTRIBUTE = 'availableBikeNumber';
export const PASSWORD = 'only-for-the-soak';

/** At most so many unacknowledged at once, fewer than there are message ids; then a device stops measuring. */
const WINDOW = 2_000;
const TICK_MS = 10;
const RECONNECT_MS = 50;

/** A device as MQTT 3.1.1 wants it: QoS 1, and what was not acknowledged is sent again over the next connection, in order. */
export class SoakDevice {
	readonly id: string;
	/** By `sequence`, which starts at 1. */
	readonly made: Made[] = [];
	#url: URL;
	#ca: string | undefined;
	#link: Link | undefined;
	/** How many of `made` were sent over this connection or acknowledged before it. */
	#sent = 0;
	/** All of the first so many of `made` are acknowledged. */
	#done = 0;
	#stop = new AbortController();
	#running: Promise<void>;

	constructor(id: string, url: URL, ca?: string) {
		this.id = id;
		this.#url = url;
		this.#ca = ca;
		this.#running = this.#connect();
	}

	get unacknowledged(): number {
		return this.made.length - this.#done;
	}

	get acknowledged(): number {
		return this.#done;
	}

	measure(now: number): void {
		if (this.unacknowledged >= WINDOW) return;
		// A time of its own for each: history names a reading by it.
		const t = Math.max(now, (this.made.at(-1)?.t ?? 0) + 1);
		this.made.push({ t, v: this.made.length % 97, acknowledged: undefined });
		this.#pump();
	}

	async end(): Promise<void> {
		this.#stop.abort();
		this.#link?.destroy();
		await this.#running;
	}

	#pump(): void {
		for (; this.#link && this.#sent < this.made.length; this.#sent++) {
			const reading = this.made[this.#sent];
			if (!reading || reading.acknowledged !== undefined) continue;
			this.#link.send({
				cmd: 'publish',
				topic: topics.raw('bike', this.id),
				payload: JSON.stringify({
					dateObserved: formatTime(reading.t),
					[ATTRIBUTE]: reading.v,
					sequence: this.#sent + 1
				}),
				qos: 1,
				retain: false,
				dup: false, // the session is clean: to this broker it is a new message [MQTT-3.1.2-6]
				messageId: messageId(this.#sent)
			});
		}
	}

	async #connect(): Promise<void> {
		const { signal } = this.#stop;
		while (!signal.aborted) {
			const link = await openLink(dial({ url: this.#url, ...account(this.id), ca: this.#ca }), {
				clientId: this.id,
				clean: true,
				...account(this.id)
			}).catch(() => undefined);
			if (link) {
				this.#link = link;
				this.#sent = this.#done;
				link.onPacket((packet) => {
					if (packet.cmd === 'puback') this.#acknowledge(packet.messageId);
				});
				this.#pump();
				if (signal.aborted) link.destroy();
				await link.closed;
				this.#link = undefined;
			}
			await pause(RECONNECT_MS, undefined, { signal }).catch(() => {});
		}
	}

	#acknowledge(id: number): void {
		for (let n = this.#done; n < this.#sent; n++) {
			const reading = this.made[n];
			if (messageId(n) !== id || !reading) continue;
			reading.acknowledged ??= Date.now();
			break;
		}
		while (this.made[this.#done]?.acknowledged !== undefined) this.#done++;
	}
}

const messageId = (n: number) => (n % 65_535) + 1;
const account = (id: string) => ({ username: id, password: PASSWORD });

/** Several devices that together measure `perSecond` times a second, whether the broker is there or not. */
export class SoakDevices {
	readonly all: SoakDevice[];
	#timer: NodeJS.Timeout;

	/** `ca`: the file of the authority, where `url` is `mqtts:`. */
	constructor(url: URL, ids: readonly string[], perSecond: number, ca?: string) {
		this.all = ids.map((id) => new SoakDevice(id, url, ca));
		const from = Date.now();
		let told = 0;
		this.#timer = setInterval(() => {
			const now = Date.now();
			for (const due = ((now - from) / 1_000) * perSecond; told < due; told++)
				this.all[told % ids.length]?.measure(now);
		}, TICK_MS);
	}

	get acknowledged(): number {
		return this.all.reduce((sum, device) => sum + device.acknowledged, 0);
	}

	/** Resolves once `more` further readings are acknowledged: all is up and running again. */
	async take(more: number, patienceMs = 60_000): Promise<void> {
		const wanted = this.acknowledged + more;
		await until(() => this.acknowledged >= wanted, `${more} acknowledgements`, patienceMs);
	}

	/** Measures no more, and resolves once everything measured is acknowledged. */
	async drain(patienceMs = 60_000): Promise<void> {
		clearInterval(this.#timer);
		const open = () => this.all.reduce((sum, device) => sum + device.unacknowledged, 0);
		await until(() => open() === 0, 'the last acknowledgements', patienceMs);
	}

	async end(): Promise<void> {
		clearInterval(this.#timer);
		await Promise.all(this.all.map((device) => device.end()));
	}
}

/** Resolves once `done` says so; rejects after `patienceMs`, naming what was waited for. */
export async function until(
	done: () => boolean | Promise<boolean>,
	what: string,
	patienceMs = 60_000
): Promise<void> {
	const deadline = Date.now() + patienceMs;
	while (!(await done())) {
		if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}`);
		await pause(20);
	}
}

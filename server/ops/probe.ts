import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { connectAsync, type MqttClient } from 'mqtt';
import * as v from 'valibot';
import { geohash, type Position } from '../../src/lib/geo.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { topics } from '../../src/lib/topics.ts';
import { Durations, WORK_SECONDS } from './durations.ts';

export interface ProbeOptions {
	/** Where the app answers: `https://ville.example`. */
	url: URL;
	layer: Layer;
	/** A device of its own, with its password. */
	id: string;
	password: string;
	/** Where it says it is: a cell of its own, far from what people look at. */
	location: Position;
	/** How long a reading may be on its way before it counts as lost. */
	patienceMs: number;
}

const layersAnswer = v.object({ mqtt: v.string() });
const liveFrame = v.object({ e: v.record(v.string(), v.array(v.unknown())) });

/**
 * Walks the whole way of a value from outside: sends a reading as a device does (HTTP), listens as a phone does (frames,
 * MQTT over WebSocket, without an account), and takes the time between. Its entity is removed at the end.
 */
export class Probe {
	/** From the sending of a reading to its frame on the phone's side. */
	readonly delays = new Durations(WORK_SECONDS);
	sent = 0;
	lost = 0;
	#o: ProbeOptions;
	#phone: MqttClient;
	#waiting: { value: number; arrived: () => void } | undefined;

	private constructor(options: ProbeOptions, phone: MqttClient) {
		this.#o = options;
		this.#phone = phone;
		phone.on('message', (_topic, payload) => this.#heard(payload));
		phone.on('error', () => {}); // it connects again by itself; meanwhile readings count as lost
	}

	/** Connects as a phone. Rejects where the app or its broker does not answer. */
	static async open(options: ProbeOptions): Promise<Probe> {
		const { url, layer, location } = options;
		const answer = await fetch(new URL('/api/v1/layers', url), {
			signal: AbortSignal.timeout(10_000)
		});
		const { mqtt } = v.parse(layersAnswer, await answer.json());
		const address = new URL(mqtt, url);
		address.protocol = address.protocol.replace('http', 'ws');
		const phone = await connectAsync(address.href, { protocolVersion: 4, connectTimeout: 10_000 });
		const probe = new Probe(options, phone);
		await phone.subscribeAsync(topics.live(layer.id, geohash(location)));
		return probe;
	}

	/** Sends one reading and resolves with the seconds until it was heard; undefined: it was not, in time. */
	async once(signal: AbortSignal): Promise<number | undefined> {
		const { layer, location, patienceMs } = this.#o;
		const value = ++this.sent % 40; // in the range of every layer's figure, and never that of the last time
		const heard = Promise.withResolvers<void>();
		this.#waiting = { value, arrived: heard.resolve };
		const begun = performance.now();
		const late = new AbortController();
		const stop = AbortSignal.any([signal, late.signal]);
		try {
			const arrived = await Promise.race([
				this.#post({
					dateObserved: new Date().toISOString(),
					name: 'Sonde',
					source: 'sonde',
					location: { type: 'Point', coordinates: location },
					[layer.main]: value
				}).then(async () => {
					await heard.promise;
					return true;
				}),
				pause(patienceMs, false, { signal: stop })
			]);
			if (!arrived) throw new Error('late');
			const seconds = (performance.now() - begun) / 1000;
			this.delays.add(seconds);
			return seconds;
		} catch {
			if (!signal.aborted) this.lost++;
			return undefined;
		} finally {
			late.abort();
			this.#waiting = undefined;
		}
	}

	/** Removes the entity and hangs up. */
	async close(): Promise<void> {
		await this.#post(undefined).catch(() => {});
		await this.#phone.endAsync(true);
	}

	async #post(reading: Record<string, unknown> | undefined): Promise<void> {
		const { url, layer, id, password, patienceMs } = this.#o;
		const answer = await fetch(new URL(`/api/v1/raw/${layer.id}/${id}`, url), {
			method: 'POST',
			headers: {
				authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`,
				'content-type': 'application/json'
			},
			body: reading === undefined ? '' : JSON.stringify(reading),
			signal: AbortSignal.timeout(patienceMs)
		});
		if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
	}

	#heard(payload: Buffer): void {
		const { layer, id } = this.#o;
		const frame = v.safeParse(v.pipe(v.string(), v.parseJson(), liveFrame), payload.toString());
		if (!frame.success) return; // an emptied cell
		const figure = frame.output.e[id]?.[1 + layer.live.indexOf(layer.main)];
		if (this.#waiting?.value === figure) this.#waiting?.arrived();
	}
}

/** When the certificate that `url` shows ends, in seconds since 1970; undefined where it shows none. */
export async function certificateEnd(url: URL): Promise<number | undefined> {
	if (url.protocol !== 'https:') return undefined;
	const socket = tls.connect({
		host: url.hostname,
		port: Number(url.port || 443),
		servername: url.hostname,
		rejectUnauthorized: false // one that has ended already is to be told, too
	});
	try {
		await new Promise<void>((resolve, reject) => {
			socket.once('secureConnect', resolve);
			socket.once('error', reject);
			socket.setTimeout(10_000, () => reject(new Error('no answer')));
		});
		const end = Date.parse(socket.getPeerCertificate().valid_to);
		return Number.isNaN(end) ? undefined : end / 1000;
	} catch {
		return undefined;
	} finally {
		socket.destroy();
	}
}

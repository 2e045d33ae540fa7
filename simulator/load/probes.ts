import { setTimeout as pause } from 'node:timers/promises';
import { formatTime } from '../../src/lib/time.ts';
import { topics } from '../../src/lib/topics.ts';
import { geohash, type Position } from '../../src/lib/geo.ts';
import { BenchClient, publishPacket, publishQos1 } from '../bench/mqtt.ts';
import { addressOf, quietId, quietPlace, readBackId, stampedCells } from './city.ts';
import { getter } from './https.ts';
import { quantile } from './promises.ts';

export interface ProbeOptions {
	origin: string;
	devicePort: number;
	phonePort: number;
	ca: Buffer;
	/** Of every probing device. */
	password: string;
	/** Of the account `frames`, which may write `live/`. */
	framesPassword: string;
}

export const QUIET = 16;
export const READ_BACK = 4;
/** A cell must have been quiet for a second for a frame to go at once. */
const QUIET_EVERY_MS = 1_700;
const STAMPED_EVERY_MS = 500;
const POLL_MS = 50;
/** A reading that cannot be asked for after so long counts as that long. */
const GIVE_UP_MS = 4_000;
const MINUTE_MS = 60_000;
const FIRST_ADDRESS = 120_000;

/**
 * Readings of its own among the load: how long until a phone of a quiet cell has them, how long until HTTP answers with
 * them; and frames stamped with the moment they were published, for the phones to read.
 */
export async function startProbes(options: ProbeOptions) {
	const { origin, devicePort, phonePort, ca, password } = options;
	const stop = new AbortController();
	const { signal } = stop;
	let quiet: number[] = [];
	let queryable: number[] = [];
	const device = (id: string) =>
		BenchClient.open(devicePort, false, id, { username: id, password }, { ca });
	const reading = (layer: string, id: string, [lon, lat]: Position, t: number, value: string) =>
		publishQos1(
			topics.raw(layer, id),
			Buffer.from(
				`{"dateObserved":"${formatTime(t)}","location":{"type":"Point","coordinates":[${lon.toFixed(6)},${lat.toFixed(6)}]},${value}}`
			),
			1
		);

	const waiting = new Map<string, { value: number; sent: number }>();
	const watcher = await BenchClient.open(phonePort, true, 'load-quiet-phone', undefined, {
		ca,
		localAddress: addressOf(FIRST_ADDRESS)
	});
	watcher.onPublish = (payload) => {
		const { e = {} } = JSON.parse(payload.toString()) as { e?: Record<string, unknown[]> };
		for (const [id, values] of Object.entries(e)) {
			const sent = waiting.get(id);
			if (!sent || values[1] !== sent.value) continue;
			waiting.delete(id);
			quiet.push(performance.now() - sent.sent);
		}
	};
	await watcher.subscribe(
		Array.from({ length: QUIET }, (_, n) => topics.liveCell(geohash(quietPlace(n))))
	);

	const rest = (ms: number) => pause(ms, undefined, { signal }).catch(() => {});
	async function whisper(n: number): Promise<void> {
		const id = quietId(n);
		const client = await device(id);
		await rest((n / QUIET) * QUIET_EVERY_MS);
		for (let i = 0; !signal.aborted; i++) {
			const unheard = waiting.get(id);
			if (unheard) quiet.push(performance.now() - unheard.sent);
			const value = 30 + (i % 60);
			waiting.set(id, { value, sent: performance.now() });
			client.send(reading('noise', id, quietPlace(n), Date.now(), `"LAeq":${value}`));
			await rest(QUIET_EVERY_MS);
		}
		client.socket.destroy();
	}

	async function readBack(n: number): Promise<void> {
		const id = readBackId(n);
		const client = await device(id);
		const get = getter(origin, ca, FIRST_ADDRESS + 1 + n * 8, 8);
		const made = new Map<number, number>();
		for (let last = 0; !signal.aborted;) {
			const t = (last = Math.max(Date.now(), last + 1));
			const minute = Math.floor(t / MINUTE_MS) * MINUTE_MS;
			const count = (made.get(minute) ?? 0) + 1;
			made.set(minute, count);
			const query = new URLSearchParams({
				attribute: 'temperature',
				from: new Date(minute).toISOString(),
				to: new Date(minute + MINUTE_MS).toISOString()
			});
			const sent = performance.now();
			client.send(
				reading('weather', id, quietPlace(QUIET + n), t, `"temperature":${10 + (count % 20)}`)
			);
			for (;;) {
				await rest(POLL_MS);
				const answer = await get(`/api/v1/entities/${id}/history?${query}`).catch(() => undefined);
				const found = answer?.status === 200 ? (JSON.parse(answer.text) as { n: number[] }).n : [];
				const took = performance.now() - sent;
				if (signal.aborted) break;
				if (found.reduce((a, b) => a + b, 0) < count && took < GIVE_UP_MS) continue;
				queryable.push(took);
				break;
			}
			await rest(100);
		}
		client.socket.destroy();
	}

	async function stamp(): Promise<void> {
		const account = { username: 'frames', password: options.framesPassword };
		const client = await BenchClient.open(devicePort, false, 'load-frames', account, { ca });
		while (!signal.aborted) {
			const now = performance.timeOrigin + performance.now();
			const payload = Buffer.from(`{"t":${Math.floor(now / 1_000)},"e":{},"sent":${now}}`);
			for (const cell of stampedCells)
				client.send(publishPacket(topics.live('noise', cell), payload));
			await rest(STAMPED_EVERY_MS);
		}
		client.socket.destroy();
	}

	const running = Promise.all([
		...Array.from({ length: QUIET }, (_, n) => whisper(n)),
		...Array.from({ length: READ_BACK }, (_, n) => readBack(n)),
		stamp()
	]);
	return {
		mark() {
			[quiet, queryable] = [[], []];
		},
		figures: () => ({ quiet: quantile(quiet, 0.99), queryable: quantile(queryable, 0.99) }),
		async stop() {
			stop.abort();
			watcher.socket.destroy();
			await running;
		}
	};
}

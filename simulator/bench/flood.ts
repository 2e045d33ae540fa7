import { formatTime } from '../../src/lib/time.ts';
import { topics } from '../../src/lib/topics.ts';
import { BenchClient, publishQos1, type Account } from './mqtt.ts';
import { sleep } from './process.ts';

/** Message number `n` of a load: where it goes and what it says. */
export type Load = (n: number) => { topic: string; payload: string };

const SENSORS = 1_000;
const WINDOW = 500;
/** As the stations of `Load`s stand: a box around Toulouse. */
export const BOX = { west: 1.35, south: 43.53, east: 1.52, north: 43.67 };

const place = (sensor: number) => ({
	lon: BOX.west + ((sensor * 0.618) % 1) * (BOX.east - BOX.west),
	lat: BOX.south + ((sensor * 0.414) % 1) * (BOX.north - BOX.south)
});
const values = (n: number) => {
	const x = (n * 7_919) % 1_000;
	return [5 + x / 50, 10 + x / 30, 12 + x / 100, 20 + (x % 10)].map((v) => v.toFixed(2));
};

/** Four numbers of one of 1,000 air stations, its place and its sequence: what a careful device sends. */
export const ourLoad =
	(start: number): Load =>
	(n) => {
		const sensor = n % SENSORS;
		const { lon, lat } = place(sensor);
		const [no2, o3, pm10, pm25] = values(n);
		const turn = Math.floor(n / SENSORS);
		return {
			topic: topics.raw('air', `air-bench-${sensor}`),
			payload:
				`{"dateObserved":"${formatTime(start + turn * 50)}","location":{"type":"Point","coordinates":[${lon.toFixed(6)},${lat.toFixed(6)}]},` +
				`"no2":${no2},"o3":${o3},"pm10":${pm10},"pm25":${pm25},"sequence":${turn + 1}}`
		};
	};

/** The same four numbers as the peers read them, as many bytes. */
export const peerLoad =
	(start: number): Load =>
	(n) => {
		const sensor = n % SENSORS;
		const { lon, lat } = place(sensor);
		const [pm25, no2, temp, bat] = values(n);
		const turn = Math.floor(n / SENSORS);
		const payload = `{"seq":${turn},"id":${sensor},"t":${start + turn * 50},"lat":${lat.toFixed(6)},"lon":${lon.toFixed(6)},"pm25":${pm25},"no2":${no2},"temp":${temp},"bat":${bat},"pad":"`;
		return {
			topic: `bench/${sensor}`,
			payload: `${payload}${'x'.repeat(Math.max(0, 188 - payload.length))}"}`
		};
	};

/**
 * Publishes messages `from` to `to` with QoS 1 over `connections`, as fast as they are acknowledged, or `perSecond` of
 * them; resolves once all are.
 */
export async function flood(
	port: number,
	load: Load,
	{
		from = 0,
		to,
		connections = 4,
		account,
		perSecond = Infinity,
		signal
	}: {
		from?: number;
		to: number;
		connections?: number;
		account?: Account;
		perSecond?: number;
		signal?: AbortSignal;
	}
): Promise<number> {
	let next = from;
	const begun = performance.now();
	const allowed = () =>
		Math.min(to, from + Math.floor(((performance.now() - begun) / 1_000) * perSecond || 0) + 1);
	const one = async (index: number) => {
		const client = await BenchClient.open(port, false, `flood-${process.pid}-${index}`, account);
		let waiting = 0;
		let id = 0;
		client.onPuback = () => waiting--;
		while ((next < to || waiting > 0) && !signal?.aborted && !client.socket.destroyed) {
			const most = perSecond === Infinity ? to : allowed();
			const packets: Buffer[] = [];
			while (next < most && waiting < WINDOW) {
				const { topic, payload } = load(next++);
				id = (id % 65_535) + 1;
				waiting++;
				packets.push(publishQos1(topic, Buffer.from(payload), id));
			}
			if (packets.length > 0) client.socket.write(Buffer.concat(packets));
			await sleep(2);
		}
		client.socket.destroy();
	};
	await Promise.all(Array.from({ length: connections }, (_, i) => one(i)));
	return next - from;
}

import { register } from '../../src/lib/layers/index.ts';
import { readConfig } from '../../server/config.ts';
import { withStore } from '../../server/history/cli.ts';
import { until } from '../../server/soak/devices.ts';
import { Intake } from '../../server/soak/stage.ts';
import { serviceAccounts } from '../../server/broker/credentials.ts';
import type { InfluxServer } from '../../server/testing/influx.ts';
import { freePort } from '../../server/testing/ports.ts';
import { backfill } from '../backfill.ts';
import { SimulatedCity } from '../city.ts';
import { readPack } from '../pack.ts';
import { flood, ourLoad } from './flood.ts';

export interface Latency {
	p50: number;
	p95: number;
}

const DAY = 86_400_000;
const REQUESTS = 200;
const PER_SECOND = 500;

/**
 * How long the history of one sensor takes over HTTP, in ms: of 24 hours and of 7 days, each time another of 60 sensors,
 * while 500 messages a second arrive. The week before is the simulated city's.
 */
export async function overHttp(
	influx: InfluxServer | undefined
): Promise<{ day: Latency; week: Latency }> {
	const [port, mqttPort] = [await freePort(), await freePort()];
	const env = {
		MQTT_PORT: String(mqttPort),
		PORT: String(port),
		...(influx && {
			INFLUX_URL: influx.url.href,
			INFLUX_BUCKET: `history_${port}`,
			INFLUX_ADMIN_USERNAME: 'admin',
			INFLUX_ADMIN_PASSWORD: 'admin'
		})
	};
	const app = new Intake(env, { only: 'intake,web' });
	const city = new SimulatedCity({ seed: 31, pack: readPack('toulouse'), devices: 60 });
	const stop = new AbortController();
	try {
		const now = Date.now();
		const config = readConfig({ ...env, DATA_DIR: app.dataDir });
		await withStore(config, (store) => backfill(store, city, now - 7 * DAY, now));
		app.start();
		const url = `http://127.0.0.1:${port}`;
		const ready = () =>
			fetch(`${url}/readyz`).then(
				(answer) => answer.ok,
				() => false
			);
		await until(ready, 'the app');
		const account = {
			username: 'simulator',
			password: serviceAccounts(app.dataDir).simulator
		};
		const load = { to: Infinity, account, perSecond: PER_SECOND, connections: 1 };
		const flooding = flood(mqttPort, ourLoad(now), { ...load, signal: stop.signal });
		const ask = async (span: number) => {
			const took: number[] = [];
			for (let i = 0; i < REQUESTS; i++) {
				const { id, layer } = city.devices[i % city.devices.length] ?? { id: '', layer: '' };
				const attribute = register().get(layer)?.main ?? '';
				// Another range each time: no answer is one kept from before.
				const to = new Date(now - i * 60_000).toISOString();
				const from = new Date(now - i * 60_000 - span).toISOString();
				const query = new URLSearchParams({ attribute, from, to });
				const begun = performance.now();
				const answer = await fetch(`${url}/api/v1/entities/${id}/history?${query}`);
				await answer.arrayBuffer();
				if (!answer.ok) throw new Error(`history of ${id}: ${answer.status}`);
				took.push(performance.now() - begun);
			}
			took.sort((a, b) => a - b);
			const at = (share: number) => took[Math.floor(took.length * share)] ?? NaN;
			return { p50: at(0.5), p95: at(0.95) };
		};
		await ask(DAY); // warm
		const found = { day: await ask(DAY), week: await ask(7 * DAY) };
		stop.abort();
		await flooding;
		return found;
	} finally {
		stop.abort();
		await app.remove();
	}
}

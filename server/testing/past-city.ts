import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SimulatedCity } from '#simulator/city.ts';
import { readPack } from '#simulator/pack.ts';
import { InfluxClient } from '../history/influx-client.ts';
import { openPublisher } from '#simulator/publisher.ts';
import { freePort } from './ports.ts';
import { startWhole } from './whole.ts';

/**
 * Fills an InfluxDB (databases `capitoul`, `_15m`, `_1h`) with the last hours of a simulated city, by the real way: its
 * reports go to a broker, the intake takes them, history sends them on and rolls them up. Resolves with the end of what
 * was written, once the last rollup is there; the program is ended again.
 */
export async function pastCity(o: {
	influxUrl: URL;
	hours: number;
	devices: number;
}): Promise<number> {
	const mqttPort = await freePort();
	const whole = await startWhole(
		{ INFLUX_URL: o.influxUrl.href, MQTT_PORT: String(mqttPort), SIMULATOR: 'auto' },
		['intake', 'frames']
	);
	try {
		const to = Date.now();
		const city = new SimulatedCity({ seed: 7, pack: readPack('toulouse'), devices: o.devices });
		const accounts = JSON.parse(
			fs.readFileSync(path.join(whole.dataDir, 'accounts.json'), 'utf8')
		) as Record<string, string>;
		const publisher = await openPublisher({
			url: `mqtt://127.0.0.1:${mqttPort}`,
			account: { username: 'simulator', password: accounts['simulator'] ?? '' },
			ca: undefined
		});
		for (const { topic, payload } of city.reports(to - o.hours * 3_600_000, to))
			await publisher.publish(topic, payload);
		await publisher.end();
		const client = new InfluxClient(o.influxUrl, {
			token: undefined,
			username: undefined,
			password: undefined
		});
		const there = async (database: string, layer: string, field: string) =>
			(await client.query(database, `SELECT count("${field}") FROM "${layer}"`).catch(() => []))
				.length > 0;
		const deadline = Date.now() + 90_000;
		for (const [layer, field] of [
			['bike', 'availableBikeNumber'],
			['parking', 'availableSpotNumber'],
			['air', 'no2'],
			['weather', 'temperature']
		] as const)
			while (
				!(await there('capitoul', layer, field)) ||
				!(await there('capitoul_1h', layer, `${field}_n`))
			) {
				if (Date.now() > deadline) throw new Error(`no rollup of ${layer} came`);
				await pause(200);
			}
		return to;
	} finally {
		await whole.stop();
	}
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectBroker } from '../server/broker/client.ts';
import { embeddedBroker } from '../server/broker/embedded.ts';
import type { ServiceName } from '../server/broker/rights.ts';
import { City } from '../server/city/city.ts';
import { Intake } from '../server/intake/intake.ts';
import { Journal } from '../server/intake/journal.ts';
import { announce } from '../server/lifecycle.ts';
import { silent as log } from '../server/log.ts';
import { register as layers } from '../src/lib/layers/index.ts';
import { PREFIX } from '../src/lib/topics.ts';
import { readPack } from './pack.ts';
import { createSimulator } from './service.ts';

test('through the real broker and intake the whole city stands, nothing is refused, and a real answer takes its layer away', async () => {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-'));
	const register = layers();
	const clock = Date.now;
	const journal = new Journal({ file: path.join(dataDir, 'city.db'), clock, log });
	const intake = new Intake({ register, journal, clock, log, simulator: 'auto' });
	const broker = await embeddedBroker({
		mqtt: { port: 0, devicePassword: undefined },
		host: '127.0.0.1',
		dataDir,
		origin: undefined,
		accept: (topic, payload) => intake.accept(topic, payload),
		retained: intake.retained(),
		log
	});
	const stop = new AbortController();
	const connect = (account: ServiceName) =>
		connectBroker({
			mqtt: { url: undefined, username: undefined, password: undefined, ca: undefined },
			embedded: broker,
			account,
			log
		});
	const [forIntake, forWeb, forSimulator, forConnectors] = await Promise.all(
		(['intake', 'web', 'simulator', 'connectors'] as const).map(connect)
	);
	if (!forIntake || !forWeb || !forSimulator || !forConnectors) throw new Error('no broker');
	try {
		await intake.attach(forIntake, { shared: false });
		const city = new City(register, log);
		await forWeb.subscribeRetained(`${PREFIX}/state/#`, (message) => city.take(message));

		const source = { id: 'velo-toulouse', layer: 'bike' };
		const pack = readPack('toulouse');
		const options = { mode: 'auto', register, sources: [source], pack, log } as const;
		const simulator = createSimulator({ ...options, broker: forSimulator });
		const running = simulator.run(stop.signal);
		let answers = false;
		const say = announce(forConnectors, 'connectors', 'test', stop.signal, () => ({
			sources: [{ ...source, ok: answers, ...(answers && { lastSuccess: '2026-11-22T10:00:00Z' }) }]
		}));
		await simulator.firstRound;
		await expect.poll(() => city.list({ layer: 'bike' }).length, { timeout: 10_000 }).toBe(300);
		expect(intake.counters.refused).toEqual({});
		for (const layer of ['parking', 'air', 'weather'])
			expect(city.list({ layer }).length).toBeGreaterThan(5);
		for (const entity of city.list())
			expect(entity).toMatchObject({ simulated: true, quality: 'ok', source: 'simulation' });

		answers = true;
		await say();
		await expect.poll(() => city.list({ layer: 'bike' }).length, { timeout: 10_000 }).toBe(0);
		expect(city.list({ layer: 'parking' }).length).toBe(pack.parkings.length);
		expect(simulator.simulating()).not.toContain('bike');
		stop.abort();
		await running;
	} finally {
		stop.abort();
		await Promise.all([forIntake, forWeb, forSimulator, forConnectors].map((b) => b.close()));
		await broker.close();
		journal.close();
		fs.rmSync(dataDir, { recursive: true });
	}
});

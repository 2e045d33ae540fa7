import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import { DEVICE_PASSWORD, startApp, type App } from '../testing/app.ts';
import { Probe } from './probe.ts';

const root = path.resolve(import.meta.dirname, '../..');
const built = fs.existsSync(path.join(root, 'build'));
if (!built) console.log('skipped: the app is not built (npm run build)');
let app: App | undefined;
afterAll(() => app?.stop());

test.skipIf(!built)(
	'a probe hears its own readings as a phone does, counts what does not come, and leaves nothing behind',
	async () => {
		app = await startApp();
		const layer = register().get('weather');
		if (!layer) throw new Error('no such layer');
		const url = new URL(app.url);
		const probe = await Probe.open({
			...{ url, layer, id: 'weather-sonde-1', password: DEVICE_PASSWORD },
			location: [0, 0],
			patienceMs: 5_000
		});
		const { signal } = new AbortController();
		for (let round = 0; round < 3; round++) expect(await probe.once(signal)).toBeGreaterThan(0);
		expect(probe).toMatchObject({ sent: 3, lost: 0 });
		expect(probe.delays.count).toBe(3);
		const there = async () =>
			(await fetch(new URL('/api/v1/entities/weather-sonde-1', url))).status;
		await expect.poll(there).toBe(200);
		await probe.close();
		await expect.poll(there).toBe(404);

		const refused = await Probe.open({
			...{ url, layer, id: 'weather-sonde-2', password: 'wrong' },
			location: [0, 0],
			patienceMs: 5_000
		});
		expect(await refused.once(signal)).toBeUndefined();
		expect(refused.lost).toBe(1);
		await refused.close();
	}
);

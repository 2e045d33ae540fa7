import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../testing/ports.ts';
import { smallDisk } from '../testing/small-disk.ts';
import { SoakDevices, until } from './devices.ts';
import { Intake } from './stage.ts';

const IDS = ['bike-full-1', 'bike-full-2'];
const disk = smallDisk(8);
const built = fs.existsSync(path.resolve(import.meta.dirname, '../../build/handler.js'));
if (!built) console.log('skipped: the app is not built (npm run build)');
afterAll(() => disk?.remove());

test.runIf(disk && built)(
	'a full disk: readings are not acknowledged, the server answers and says why, and with room all goes on without a restart',
	async () => {
		if (!disk) return;
		const { folder } = disk;
		const [port, mqttPort] = [await freePort(), await freePort()];
		const intake = new Intake(
			{ MQTT_PORT: String(mqttPort), PORT: String(port) },
			{ dataDir: folder, only: 'intake,web' }
		);
		const get = async (what: string) => fetch(`http://127.0.0.1:${port}${what}`);
		const storage = async () => {
			const answer = await get('/readyz');
			const { checks } = (await answer.json()) as { checks: { name: string; ok: boolean }[] };
			return { status: answer.status, ok: checks.find(({ name }) => name === 'storage')?.ok };
		};
		intake.start();
		const devices = new SoakDevices(new URL(`mqtt://127.0.0.1:${mqttPort}`), IDS, 500);
		try {
			await devices.take(200);
			await until(async () => (await storage()).status === 200, 'the server to be ready');
			const big = path.join(folder, 'someone-elses');
			spawnSync('dd', ['if=/dev/zero', `of=${big}`, 'bs=64k']); // until there is no room
			await until(async () => (await storage()).ok === false, 'the disk to be told full');
			const before = devices.acknowledged;
			await pause(500);
			expect(devices.acknowledged).toBe(before);
			expect((await storage()).status).toBe(200); // degraded, and still serving
			expect((await get(`/api/v1/entities/${IDS[0]}`)).status).toBe(200);
			fs.rmSync(big);
			await devices.take(200);
			await devices.drain();
			expect(await storage()).toEqual({ status: 200, ok: true });
			expect(await intake.account(devices)).toMatchObject({ lost: 0, twice: 0, gaps: 0 });
		} finally {
			await devices.end();
			await intake.kill().catch(() => {});
		}
	},
	60_000
);

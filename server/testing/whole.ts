import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROLES, startApp, type RoleName, type Running } from '../app.ts';
import { readConfig } from '../config.ts';
import { silent } from '../log.ts';
import { freePort } from './ports.ts';

/**
 * The program in this process, without its pages, on free loopback ports: every service of `roles`, with its figures on
 * `metricsUrl`. By default no source and no simulator.
 */
export async function startWhole(
	env: Record<string, string> = {},
	roles: readonly RoleName[] = ROLES
): Promise<{ app: Running; metricsUrl: string; dataDir: string; stop: () => Promise<void> }> {
	const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'whole-'));
	const none = path.join(dataDir, 'no-sources.json');
	fs.writeFileSync(none, '[]');
	const metricsPort = await freePort();
	const config = readConfig({
		HOST: '127.0.0.1',
		PORT: '0',
		MQTT_PORT: '0',
		METRICS_PORT: String(metricsPort),
		DATA_DIR: dataDir,
		SOURCES: none,
		SIMULATOR: 'off',
		PORTAL_URL: 'http://127.0.0.1:9',
		INSTANCE: 'test',
		...env
	});
	const app = await startApp(config, new Set(roles), silent);
	return {
		app,
		dataDir,
		metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
		stop: async () => {
			await app.stop();
			fs.rmSync(dataDir, { recursive: true, force: true });
		}
	};
}

import { parseArgs } from 'node:util';
import { ROLES, startApp, type RoleName } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { builtPages } from './web/pages.ts';

const EXIT_CONFIG = 78; // sysexits.h EX_CONFIG

/** `--only web,intake`: the services of this process; all of them without it. */
function readRoles(): Set<RoleName> {
	const { values } = parseArgs({ options: { only: { type: 'string' } } });
	if (values.only === undefined) return new Set(ROLES);
	const names = values.only.split(',').map((name) => name.trim());
	const unknown = names.filter((name) => !ROLES.some((role) => role === name));
	if (unknown.length > 0)
		throw new ConfigError([
			`--only: no service is called ${unknown.join(', ')}; there are: ${ROLES.join(', ')}`
		]);
	return new Set(names as RoleName[]);
}

async function main(): Promise<void> {
	const config = readConfig(process.env);
	const roles = readRoles();
	const log = createLog(config.logLevel);
	if (config.mqtt.devicePassword !== undefined)
		log.warn(
			'MQTT_DEVICE_PASSWORD is set: one shared password lets anybody who knows it write as any device'
		);
	const app = await startApp(config, roles, log, () => builtPages(config.origin));

	let stopping = false;
	const stop = (signal: string) => {
		if (stopping) return;
		stopping = true;
		log.info({ signal }, 'stopping');
		void app.stop().then(() => process.exit(0));
	};
	process.on('SIGTERM', stop);
	process.on('SIGINT', stop);

	const started = Date.now() - Math.round(process.uptime() * 1000);
	await untilReady(() => app.services.health().ready);
	log.info({ ms: Date.now() - started, roles: [...roles] }, 'ready');
	// The one line a person waits for; everything else is JSON for machines.
	if (app.url !== undefined) console.log(`Capitoul est prêt : ${app.url}`);
}

async function untilReady(ready: () => boolean): Promise<void> {
	while (!ready()) await new Promise((resolve) => setTimeout(resolve, 20));
}

main().catch((error: unknown) => {
	if (error instanceof ConfigError) {
		console.error(
			`La configuration ne convient pas :\n${error.problems.map((p) => `  - ${p}`).join('\n')}`
		);
		process.exit(EXIT_CONFIG);
	}
	console.error(error);
	process.exit(1);
});

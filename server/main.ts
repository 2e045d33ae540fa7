import { parseArgs } from 'node:util';
import { ROLES, startApp, type RoleName } from './app.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { createLog } from './log.ts';
import { StartError } from './start-error.ts';
import { builtPages } from './web/pages.ts';

const EXIT_CONFIG = 78; // sysexits.h EX_CONFIG

/** `--only web,intake`: the services of this process; all of them without it. Throws `ConfigError`. */
function readRoles(): Set<RoleName> {
	let only: string | undefined;
	try {
		({ only } = parseArgs({ options: { only: { type: 'string' } } }).values);
	} catch (error) {
		throw new ConfigError([(error as Error).message]);
	}
	if (only === undefined) return new Set(ROLES);
	const names = only.split(',').map((name) => name.trim());
	const unknown = names.filter((name) => !ROLES.some((role) => role === name));
	if (unknown.length > 0)
		throw new ConfigError([
			`--only: no service is called ${unknown.join(', ')}; there are: ${ROLES.join(', ')}`
		]);
	return new Set(names as RoleName[]);
}

/** Environment and arguments; every problem of both in one `ConfigError`. */
function readStart(): { config: Config; roles: Set<RoleName> } {
	const problems: string[] = [];
	const attempt = <T>(read: () => T): T | undefined => {
		try {
			return read();
		} catch (error) {
			if (!(error instanceof ConfigError)) throw error;
			problems.push(...error.problems);
			return undefined;
		}
	};
	const config = attempt(() => readConfig(process.env));
	const roles = attempt(readRoles);
	if (config && roles && !config.mqtt.url && !roles.has('intake'))
		problems.push('--only: without MQTT_URL the broker needs the intake in its process');
	if (!config || !roles || problems.length > 0) throw new ConfigError(problems);
	return { config, roles };
}

const stopped = new AbortController();

async function main(): Promise<void> {
	const { config, roles } = readStart();
	const log = createLog(config.logLevel);
	// From the first moment on: an external broker may be waited for, and the wait may be given up.
	for (const signal of ['SIGTERM', 'SIGINT'] as const)
		process.on(signal, () => {
			if (stopped.signal.aborted) return;
			log.info({ signal }, 'stopping');
			stopped.abort();
		});
	if (config.mqtt.devicePassword !== undefined)
		log.warn(
			'MQTT_DEVICE_PASSWORD is set: one shared password lets anybody who knows it write as any device'
		);
	const app = await startApp(config, roles, log, () => builtPages(config.origin), stopped.signal);
	const stop = () => void app.stop().then(() => process.exit(0));
	if (stopped.signal.aborted) return stop();
	stopped.signal.addEventListener('abort', stop, { once: true });

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
	if (stopped.signal.aborted) process.exit(0); // asked to stop while starting: nothing was accepted yet
	if (error instanceof ConfigError) {
		console.error(
			`La configuration ne convient pas :\n${error.problems.map((p) => `  - ${p}`).join('\n')}`
		);
		process.exit(EXIT_CONFIG);
	}
	if (error instanceof StartError)
		console.error(`Capitoul ne peut pas démarrer :\n  - ${error.message}`);
	else console.error(error);
	process.exit(1);
});

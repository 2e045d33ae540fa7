import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/**
 * Whether a real engine is on this machine. Under `CAPITOUL_REQUIRE_REAL=1` (CI) a missing one is an error; elsewhere
 * its tests skip with a printed reason.
 */
export function real(name: string, ...commands: string[]): string | undefined {
	for (const command of commands) {
		if (
			command.startsWith('/') ? fs.existsSync(command) : spawnSync('which', [command]).status === 0
		)
			return command;
	}
	if (process.env['CAPITOUL_REQUIRE_REAL'] === '1')
		throw new Error(
			`${name} is required (CAPITOUL_REQUIRE_REAL=1) and not installed: ${commands.join(', ')}`
		);
	console.log(`skipped: ${name} is not installed (${commands.join(', ')})`);
	return undefined;
}

export const mosquitto = () => real('Mosquitto', '/usr/sbin/mosquitto', 'mosquitto');

/** The recorded samples kept outside the repository, or undefined with a printed reason. */
export function samples(): string | undefined {
	const folder = new URL('../../../shared/opendata/samples', import.meta.url).pathname;
	if (fs.existsSync(folder)) return folder;
	console.log('skipped: ../shared/opendata/samples is not on this machine');
	return undefined;
}

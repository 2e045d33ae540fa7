import fs from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import type { Outcome, Run } from './command.ts';

const container = v.object({ Service: v.string(), Image: v.string(), State: v.string() });
export type Container = v.InferOutput<typeof container>;

/** The stack of `docker-compose.yml`, by the commands an operator would type. */
export class Compose {
	readonly #run: Run;

	constructor(run: Run) {
		this.#run = run;
	}

	/** Throws with what the command said where it did not go well. */
	async must(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
		const outcome = await this.try(args, env);
		if (outcome.code !== 0)
			throw new Error(
				`${args.slice(0, 3).join(' ')} ended with ${outcome.code}: ${lastOf(outcome.stderr || outcome.stdout)}`
			);
		return outcome.stdout;
	}

	try(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome> {
		return this.#run(args, env);
	}

	/** Containers that run our image now. Compose tells them as one array or as lines, by its version. */
	async ours(): Promise<Container[]> {
		const text = (await this.must(['docker', 'compose', 'ps', '--format', 'json'])).trim();
		const json: unknown = text.startsWith('[')
			? JSON.parse(text)
			: text
					.split('\n')
					.filter((line) => line !== '')
					.map((line): unknown => JSON.parse(line));
		return v
			.parse(v.array(container), json)
			.filter(({ Image, State }) => Image.startsWith('capitoul:') && State === 'running');
	}

	/** Whether a service says that it is ready. */
	async ready(service: string): Promise<boolean> {
		const ask = ['node', 'server/ops/ask.ts', '/readyz'];
		return (await this.try(['docker', 'compose', 'exec', '-T', service, ...ask])).code === 0;
	}

	/**
	 * Runs one command of this program in the container `stack`, which sees every volume, with `folder` beside it; Compose
	 * starts the databases it needs and waits for them.
	 */
	stack(
		command: 'backup' | 'restore',
		folder: string,
		options: readonly string[] = [],
		env: Readonly<Record<string, string>> = {}
	): Promise<string> {
		const parent = path.dirname(folder);
		fs.mkdirSync(parent, { recursive: true });
		return this.must(
			[
				...['docker', 'compose', 'run', '--rm', '-T', 'stack'],
				...['node', 'server/stack/main.ts', command, `/backup/${path.basename(folder)}`, ...options]
			],
			{ ...env, STACK_BACKUP: parent }
		);
	}
}

const lastOf = (text: string) => text.trim().split('\n').slice(-5).join(' | ');

/** Backs the whole stack up while it runs. */
export async function backupCompose(
	compose: Compose,
	folder: string,
	options: readonly string[],
	env: Readonly<Record<string, string>> = {}
) {
	// Mosquitto keeps its sessions in memory and writes them now and then: now, please.
	await compose.must(['docker', 'compose', 'kill', '-s', 'SIGUSR1', 'mosquitto']);
	return compose.stack('backup', folder, options, env);
}

/** Stops everything, starts the databases, puts the backup back, then starts everything. */
export async function restoreCompose(compose: Compose, folder: string, options: readonly string[]) {
	await compose.must(['docker', 'compose', 'stop']);
	const told = await compose.stack('restore', folder, options);
	await compose.must(['docker', 'compose', 'up', '-d']);
	return told;
}

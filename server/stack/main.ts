// npm run stack -- backup DIR [--secrets] | restore DIR [--force] [--only PART]… | upgrade [--to TAG]
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { runIn, type Run } from './command.ts';
import { backupCompose, Compose, restoreCompose } from './compose.ts';
import type { Manifest } from './manifest.ts';
import { backup, readFolders, restore, type Stack } from './stack.ts';
import { upgrade } from './upgrade.ts';

const USAGE = `npm run stack -- backup DOSSIER [--secrets]
npm run stack -- restore DOSSIER [--force] [--only PARTIE]…
npm run stack -- upgrade [--to VERSION]`;
const EXIT_USAGE = 64; // sysexits.h EX_USAGE
const EXIT_CONFIG = 78; // sysexits.h EX_CONFIG

class UsageError extends Error {
	override readonly name = 'UsageError';
}

type Env = Readonly<Record<string, string | undefined>>;

/** What a command needs of the world around it. */
export interface World {
	env: Env;
	/** Where `docker-compose.yml`, `.env` and `secrets` are. */
	root: string;
	run: Run;
	say: (line: string) => void;
}

/** Runs one command; false where an upgrade went back to the former version. Throws `UsageError` where it is not one. */
export async function main(args: readonly string[], { env, root, run, say }: World) {
	const { values, positionals } = parse(args);
	const [command, target, ...more] = positionals;
	if (more.length > 0) throw new UsageError(`« ${more.join(' ')} » est en trop.`);
	const folder = () => {
		if (target === undefined) throw new UsageError(`${command} : il manque le dossier.`);
		return path.resolve(target);
	};
	const version = versionOf(root);
	if (command === 'restore') await takeSecrets(folder(), env, root, run, say);
	const compose = isCompose(env, root) ? new Compose(run) : undefined;
	const passed = [
		...(values.secrets ? ['--secrets'] : []),
		...(values.force ? ['--force'] : []),
		...values.only.flatMap((part) => ['--only', part])
	];
	switch (command) {
		case 'backup': {
			const into = folder();
			if (compose) say((await backupCompose(compose, into, passed)).trim());
			else {
				const { secrets } = values;
				const { parts, secretsLeftOut } = await backup(stackOf(env, version), into, { secrets });
				say(`Sauvegardé dans ${into} : ${told(parts)}`);
				if (secretsLeftOut.length > 0)
					say(
						`Secrets non copiés (--secrets les copie) : ${secretsLeftOut.join(', ')}. Gardez-les ailleurs : sans les clés vapid, les téléphones ne reçoivent plus leurs alertes.`
					);
			}
			return true;
		}
		case 'restore': {
			const from = folder();
			if (compose) say((await restoreCompose(compose, from, passed)).trim());
			else {
				const only = values.only.length > 0 ? values.only : undefined;
				const parts = await restore(stackOf(env, version), from, { force: values.force, only });
				say(`Restauré et recompté : ${told(parts)}`);
			}
			return true;
		}
		case 'upgrade': {
			if (target !== undefined) throw new UsageError(`« ${target} » est en trop.`);
			if (!compose)
				throw new UsageError(
					'upgrade est pour la pile de docker-compose.yml. Sans elle : sauvegardez, mettez le dépôt à jour, relancez npm start.'
				);
			return upgrade(compose, {
				to: values.to ?? version,
				backups: path.join(root, 'backups'),
				envFile: path.join(root, '.env'),
				clock: Date.now,
				say
			});
		}
		default:
			throw new UsageError(command === undefined ? 'Que faire ?' : `« ${command} » est inconnu.`);
	}
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				secrets: { type: 'boolean', default: false },
				force: { type: 'boolean', default: false },
				only: { type: 'string', multiple: true, default: [] },
				to: { type: 'string' }
			}
		});
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
}

/** On a machine without secrets those of the backup are put in place before any engine starts and makes its own. */
async function takeSecrets(
	from: string,
	env: Env,
	root: string,
	run: Run,
	say: World['say']
): Promise<void> {
	const secrets = path.join(root, 'secrets');
	if (!fs.existsSync(path.join(from, 'secrets', 'database_url')) || fs.existsSync(secrets)) return;
	if (isDirect(env)) return;
	const folders = {};
	const version = versionOf(root);
	const { history, dataDir } = readConfig({ DATA_DIR: secrets });
	const config = { dataDir, history, databaseUrl: undefined, influx: undefined };
	const stack = { config, folders, secrets, version, clock: Date.now, log: createLog('warn') };
	await restore(stack, from, { only: ['secrets'] });
	// Their owner is the user of the containers: the setup sees to it, and to the files without secrets.
	const { code, stderr } = await run([process.execPath, 'server/setup/main.ts']);
	if (code !== 0) throw new Error(`setup: ${stderr.trim()}`);
	say(`Secrets de la sauvegarde remis dans ${secrets}`);
}

const isDirect = (env: Env) =>
	['DATA_DIR', 'DATABASE_URL', 'DATABASE_URL_FILE', 'INFLUX_URL'].some((name) => env[name]);

/** The setup was run for Compose here, and the environment names no store to be spoken to directly. */
function isCompose(env: Env, root: string): boolean {
	return !isDirect(env) && fs.existsSync(path.join(root, 'secrets', 'database_url'));
}

function stackOf(env: Env, version: string): Stack {
	const { STACK_FOLDERS, STACK_KEYS, ...rest } = env;
	return {
		config: readConfig(rest),
		folders: readFolders(STACK_FOLDERS),
		secrets: STACK_KEYS === undefined || STACK_KEYS === '' ? undefined : STACK_KEYS,
		version,
		clock: Date.now,
		log: createLog('warn')
	};
}

function versionOf(root: string): string {
	const text = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
	return (JSON.parse(text) as { version: string }).version;
}

const told = (parts: Manifest['parts']) =>
	Object.entries(parts)
		.map(([part, counts]) => {
			const all = Object.entries(counts).map(([what, n]) => `${what} ${n}`);
			return `${part} (${all.join(', ')})`;
		})
		.join(' ; ');

if (import.meta.main) {
	const root = path.resolve(import.meta.dirname, '../..');
	const say = (line: string) => console.log(line);
	main(process.argv.slice(2), { env: process.env, root, run: runIn(root), say }).then(
		(done) => {
			if (!done) process.exitCode = 1;
		},
		(error: unknown) => {
			const message = error instanceof Error ? error.message : String(error);
			console.error(error instanceof UsageError ? `${message}\n\n${USAGE}` : message);
			process.exitCode =
				error instanceof UsageError ? EXIT_USAGE : error instanceof ConfigError ? EXIT_CONFIG : 1;
		}
	);
}

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { backupCompose, type Compose } from './compose.ts';

export interface Upgrade {
	/** The version to run: a tag of the image `capitoul`. */
	to: string;
	/** Where backups are put. */
	backups: string;
	/** Compose reads the version from here at the next start. */
	envFile: string;
	clock: () => number;
	say: (line: string) => void;
	/** How long all services have to say that they are ready. */
	patienceMs?: number;
	everyMs?: number;
}

const NAME = 'CAPITOUL_VERSION';

/**
 * Backs up, starts the new version and waits for each service to be ready; where one is not, starts the former version
 * again. Returns whether the new one runs. Throws, with nothing changed, where the backup or the image cannot be had; and
 * with the backup's name where neither version starts.
 */
export async function upgrade(compose: Compose, order: Upgrade): Promise<boolean> {
	const { to, say } = order;
	const stamp = new Date(order.clock()).toISOString().replace(/[:.]/g, '-');
	const before = await compose.ours();
	const former = before[0]?.Image.replace(/^capitoul:/, '');
	if (former === undefined)
		throw new Error('nothing of Capitoul runs here: docker compose up -d starts it');
	const services = before.map(({ Service }) => Service);
	const unready = await firstUnready(compose, services);
	if (unready !== undefined)
		throw new Error(
			`${unready} is not ready now: an upgrade could not be judged. Nothing changed.`
		);

	// Built again under the same name, the image that runs would be lost.
	const kept = `before-${stamp.toLowerCase()}`;
	await compose.must(['docker', 'tag', `capitoul:${former}`, `capitoul:${kept}`]);
	await fetchImage(compose, to);
	const folder = path.join(order.backups, `upgrade-${stamp}`);
	await backupCompose(compose, folder, [], { [NAME]: former });
	say(`Sauvegarde : ${folder}`);

	const why = await start(compose, to, services, order);
	if (why === undefined) {
		remember(order.envFile, to);
		say(`Version ${to} : prête (${services.length} services).`);
		return true;
	}
	say(`Version ${to} : ${why}`);
	say(`Retour à la version ${former}.`);
	const again = await start(compose, kept, services, order);
	if (again !== undefined) await backToData(compose, kept, services, folder, order, again);
	remember(order.envFile, kept);
	say(`Version ${former} (${kept}) : de nouveau prête.`);
	return false;
}

async function fetchImage(compose: Compose, tag: string): Promise<void> {
	const there = await compose.try(['docker', 'image', 'inspect', `capitoul:${tag}`]);
	if (there.code === 0) return;
	const pulled = await compose.try(['docker', 'compose', 'pull', 'web-1'], { [NAME]: tag });
	if (pulled.code === 0) return;
	throw new Error(
		`the image capitoul:${tag} is neither here nor to be fetched. Nothing changed. Build it from its source: ${NAME}=${tag} docker compose build`
	);
}

/** Why the version does not run; undefined where every service is ready. */
async function start(
	compose: Compose,
	tag: string,
	services: readonly string[],
	{ clock, patienceMs = 180_000, everyMs = 2_000 }: Upgrade
): Promise<string | undefined> {
	const up = await compose.try(['docker', 'compose', 'up', '-d', '--no-build'], { [NAME]: tag });
	const deadline = clock() + patienceMs;
	for (;;) {
		const unready = up.code === 0 ? await firstUnready(compose, services) : services[0];
		if (unready === undefined) return undefined;
		if (up.code === 0 && clock() < deadline) {
			await pause(everyMs);
			continue;
		}
		const said = await compose.try(['docker', 'compose', 'logs', '--tail', '5', unready]);
		const words = up.code === 0 ? said.stdout : up.stderr;
		return `${unready} n'est pas prêt : ${words.trim().split('\n').slice(-5).join(' | ')}`;
	}
}

async function firstUnready(
	compose: Compose,
	services: readonly string[]
): Promise<string | undefined> {
	for (const service of services) if (!(await compose.ready(service))) return service;
	return undefined;
}

/**
 * The former version does not start on a database the new one has changed: the rows of the backup are put back, and what
 * the new version had taken in meanwhile is kept in a backup of its own.
 */
async function backToData(
	compose: Compose,
	tag: string,
	services: readonly string[],
	folder: string,
	order: Upgrade,
	why: string
): Promise<void> {
	order.say(`La version d'avant ne démarre pas sur les données d'à présent : ${why}`);
	const after = `${folder}-after`;
	const env = { [NAME]: tag };
	try {
		await compose.must(['docker', 'compose', 'stop', ...services]);
		await compose.stack('backup', after, [], env);
		order.say(`Ce qui a été reçu depuis : ${after}`);
		await compose.stack('restore', folder, ['--force', '--only', 'postgres'], env);
	} catch (error) {
		throw new Error(
			`neither version starts, and the data could not be put back (${(error as Error).message}); the backup is ${folder}`,
			{ cause: error }
		);
	}
	const still = await start(compose, tag, services, order);
	if (still !== undefined)
		throw new Error(`neither version starts (${still}); the backup is ${folder}`);
}

/** Writes the version where Compose finds it, so that the next `docker compose up` starts the same. */
function remember(file: string, tag: string): void {
	const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
	const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith(`${NAME}=`));
	const coming = `${file}.coming`;
	fs.writeFileSync(coming, `${[...lines, `${NAME}=${tag}`].join('\n')}\n`, { flush: true });
	fs.renameSync(coming, file);
}

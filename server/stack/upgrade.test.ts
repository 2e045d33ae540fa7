import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import type { Run } from './command.ts';
import { main } from './main.ts';
import { Compose } from './compose.ts';
import { upgrade } from './upgrade.ts';

interface Behaviour {
	/** Versions whose web never says that it is ready. */
	broken?: string[];
	/** Versions that start only on the rows of before. */
	needsRows?: string[];
	missing?: string[];
	backupFails?: boolean;
	asArray?: boolean;
}

/**
 * Docker as its manual has it, for one city: images by tag, containers that run the tag `CAPITOUL_VERSION` named at the last
 * `up`, `exec` that ends with the command's code. No container engine is on the machines these tests run on.
 */
function docker(told: Behaviour = {}) {
	const images = new Map([
		['0.1.0', 'old'],
		['0.2.0', 'new']
	]);
	for (const tag of told.missing ?? []) images.delete(tag);
	let running: string | undefined = '0.1.0';
	let rows = 'old';
	const said: string[] = [];
	const ok = (stdout = '') => ({ code: 0, stdout, stderr: '' });
	const no = (stderr: string) => ({ code: 1, stdout: '', stderr });
	const run: Run = async (command, env = {}) => {
		const line = command.join(' ');
		said.push(line);
		const tag = env['CAPITOUL_VERSION'] ?? '0.1.0';
		if (line.startsWith('docker tag ')) {
			const [from = '', to = ''] = command.slice(2).map((name) => name.split(':')[1] ?? '');
			const image = images.get(from);
			if (image === undefined) return no('No such image');
			images.set(to, image);
			return ok();
		}
		if (line.startsWith('docker image inspect'))
			return images.has(command[3]?.split(':')[1] ?? '') ? ok('[{}]') : no('No such image');
		if (line.startsWith('docker compose pull')) return no('pull access denied');
		if (line.startsWith('docker compose ps')) {
			const each = ['web-1', 'intake-1'].map((Service) => ({
				...{ Service, Image: `capitoul:${running}`, State: 'running', Health: 'healthy' }
			}));
			const all = [...each, { Service: 'nginx', Image: 'nginx:1.28.0', State: 'running' }];
			return ok(
				told.asArray ? JSON.stringify(all) : all.map((one) => JSON.stringify(one)).join('\n')
			);
		}
		if (line.startsWith('docker compose up')) {
			if (!images.has(tag)) return no(`no such image: capitoul:${tag}`);
			running = tag;
			if (images.get(tag) === 'new' && told.needsRows) rows = 'new';
			return ok();
		}
		if (line.includes(' exec ')) {
			const image = images.get(running ?? '') ?? '';
			if (line.includes(' web-1 ') && told.broken?.includes(image)) return no('');
			return told.needsRows?.includes(image) && rows !== image ? no('') : ok();
		}
		if (line.startsWith('docker compose logs')) return ok('web-1  | migration went wrong\n');
		if (line.includes(' stack ') && line.includes(' backup '))
			return told.backupFails ? no('no space left on device') : ok('Sauvegardé');
		if (line.includes(' stack ') && line.includes(' restore ')) {
			rows = 'old';
			return ok('Restauré');
		}
		if (line.startsWith('docker compose kill -s SIGUSR1') || line.startsWith('docker compose stop'))
			return ok();
		return { code: 127, stdout: '', stderr: `what is ${line}?` };
	};
	return { run, said, images, running: () => images.get(running ?? ''), rows: () => rows };
}

async function tryUpgrade(told: Behaviour = {}, to = '0.2.0') {
	const folder = scratch('upgrade-');
	const envFile = path.join(folder, '.env');
	fs.writeFileSync(envFile, 'ORIGIN=https://ville.example.fr\n');
	const engine = docker(told);
	const lines: string[] = [];
	const order = {
		...{ to, envFile, backups: path.join(folder, 'backups'), clock: Date.now },
		...{ say: (line: string) => void lines.push(line), patienceMs: 30, everyMs: 5 }
	};
	const result = await upgrade(new Compose(engine.run), order).catch((error: unknown) => error);
	return { engine, result, lines: lines.join('\n'), env: fs.readFileSync(envFile, 'utf8') };
}

test.each([{ asArray: false }, { asArray: true }])(
	'a version that is ready stays, after a backup (ps as an array: $asArray)',
	async (told) => {
		const { engine, result, env } = await tryUpgrade(told);
		expect(result).toBe(true);
		expect(engine.running()).toBe('new');
		expect(env).toBe('ORIGIN=https://ville.example.fr\nCAPITOUL_VERSION=0.2.0\n');
		const at = (what: string) => engine.said.findIndex((line) => line.includes(what));
		expect(at('main.ts backup')).toBeGreaterThan(at('SIGUSR1'));
		expect(at(' up -d')).toBeGreaterThan(at('main.ts backup'));
	}
);

test('a version that is never ready gives way to the former one, and it is said why', async () => {
	const { engine, result, lines, env } = await tryUpgrade({ broken: ['new'] });
	expect(result).toBe(false);
	expect(engine.running()).toBe('old');
	expect(lines).toContain("web-1 n'est pas prêt : web-1  | migration went wrong");
	expect(env).toMatch(/CAPITOUL_VERSION=before-/);
	// Nothing received meanwhile was thrown away.
	expect(engine.said.filter((line) => line.includes('main.ts restore'))).toEqual([]);
});

test('where the former version cannot start on the new schema, its rows come back, and those of between are kept', async () => {
	const { engine, result, lines } = await tryUpgrade({ broken: ['new'], needsRows: ['old'] });
	expect(result).toBe(false);
	expect([engine.running(), engine.rows()]).toEqual(['old', 'old']);
	expect(lines).toMatch(/Ce qui a été reçu depuis : .*-after/);
	const order = engine.said
		.filter((line) => / stack /.test(line))
		.map((line) => line.split(' ')[8]);
	expect(order).toEqual(['backup', 'backup', 'restore']);
});

test('the image built anew under the same name does not take the former one away', async () => {
	const { engine } = await tryUpgrade({}, '0.1.0');
	const before = [...engine.images].find(([tag]) => tag.startsWith('before-'));
	expect(before?.[1]).toBe('old');
});

test.each([
	[{ backupFails: true }, 'no space left'],
	[{ missing: ['0.2.0'] }, 'neither here nor to be fetched'],
	[{ broken: ['old'] }, 'Nothing changed']
])('without a backup, an image or a healthy city nothing is started: %o', async (told, why) => {
	const { engine, result } = await tryUpgrade(told);
	expect(String(result)).toContain(why);
	expect(engine.said.filter((line) => line.includes(' up '))).toEqual([]);
	expect(engine.running()).toBe('old');
});

test('where neither version starts the backup is named', async () => {
	const { result } = await tryUpgrade({
		broken: ['new', 'old-too'],
		needsRows: ['nothing', 'old']
	});
	expect(result).toBe(false);
	const both = docker({ broken: ['new'] });
	const sick: Run = (command, env) =>
		command.includes('up') && both.said.some((line) => line.includes(' up '))
			? Promise.resolve({ code: 1, stdout: '', stderr: 'disk full' })
			: both.run(command, env);
	const folder = scratch('upgrade-');
	const order = {
		...{ to: '0.2.0', envFile: path.join(folder, '.env'), backups: folder, clock: Date.now },
		...{ say: () => {}, patienceMs: 20, everyMs: 5 }
	};
	await expect(upgrade(new Compose(sick), order)).rejects.toThrow(
		/neither version starts .*upgrade-/
	);
});

test('a restore puts the secrets of the backup in place before any engine starts', async () => {
	const root = scratch('root-');
	fs.writeFileSync(path.join(root, 'package.json'), '{"version":"0.1.0"}');
	const secrets = path.join(root, 'secrets');
	fs.mkdirSync(secrets);
	fs.writeFileSync(path.join(secrets, 'database_url'), 'postgres://x@postgres/x', { mode: 0o600 });
	const data = path.join(root, 'data');
	fs.mkdirSync(data);
	fs.writeFileSync(path.join(data, 'devices.json'), '{}');
	const said: string[] = [];
	const world = {
		...{ root, say: () => {}, env: { DATA_DIR: data, STACK_KEYS: secrets } },
		run: (command: readonly string[]) => {
			const there = fs.existsSync(path.join(secrets, 'database_url'));
			said.push(`${there ? '' : 'NO SECRET '}${command.join(' ')}`);
			return Promise.resolve({ code: 0, stdout: '', stderr: '' });
		}
	};
	const kept = path.join(root, 'backups', 'kept');
	await main(['backup', kept, '--secrets'], world);
	fs.rmSync(secrets, { recursive: true });
	await main(['restore', kept], { ...world, env: {} });
	expect(
		said.map((line) =>
			line
				.replace(/^\S*\/node/, 'node')
				.split(' ')
				.slice(0, 3)
				.join(' ')
		)
	).toEqual([
		'node server/setup/main.ts',
		'docker compose stop',
		'docker compose run',
		'docker compose up'
	]);
	expect(said[2]).toContain('main.ts restore /backup/kept');
});

test.each([
	[],
	['explode'],
	['backup'],
	['backup', 'a', 'b'],
	['restore'],
	['upgrade'],
	['backup', 'a', '--what']
])('%s is told what is wrong with it', async (...args) => {
	const root = scratch('root-');
	fs.writeFileSync(path.join(root, 'package.json'), '{"version":"0.1.0"}');
	const world = { root, env: {}, run: docker().run, say: () => {} };
	await expect(main(args, world)).rejects.toMatchObject({ name: 'UsageError' });
});

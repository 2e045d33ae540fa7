import { spawnSync } from 'node:child_process';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './ports.ts';
import { real } from './real.ts';

const BIN = '/usr/lib/postgresql/15/bin';

export interface PostgresServer {
	url: URL;
	/** Ends it at once (SIGQUIT: no checkpoint, as after a crash). */
	kill(): Promise<void>;
	/** Starts it again on the same port and data. */
	start(): Promise<void>;
	/** Ends it and removes its files. */
	remove(): Promise<void>;
}

/**
 * A real PostgreSQL 15 on a free loopback port in a temporary folder, with one empty database, or undefined with a
 * printed reason where Debian's package is not installed. It refuses to run as root, so root lends it the user `postgres`.
 */
export async function startPostgres(): Promise<PostgresServer | undefined> {
	if (real('PostgreSQL', `${BIN}/initdb`) === undefined) return undefined;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'postgres-'));
	const isRoot = process.getuid?.() === 0;
	if (isRoot) spawnSync('chown', ['postgres', folder]);
	const as = (command: string, args: string[]): [string, string[]] =>
		isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];
	const run = (command: string, ...args: string[]) => {
		const { status, stderr } = spawnSync(...as(`${BIN}/${command}`, args), { cwd: folder });
		if (status !== 0) throw new Error(`${command} ended with ${status}: ${String(stderr)}`);
	};
	const data = path.join(folder, 'data');
	const port = await freePort();
	run('initdb', '-D', data, '-U', 'capitoul', '--auth=trust', '-E', 'UTF8', '--no-sync');
	let ended: Promise<unknown> = Promise.resolve();
	const start = async () => {
		const child = spawn(
			...as(`${BIN}/postgres`, ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]),
			{ cwd: folder, stdio: 'ignore' }
		);
		ended = new Promise((resolve) => child.once('exit', resolve));
		const deadline = Date.now() + 20_000;
		while (
			spawnSync(`${BIN}/pg_isready`, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status !== 0
		) {
			if (Date.now() > deadline) throw new Error('PostgreSQL does not answer');
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	};
	const kill = async () => {
		spawnSync(...as(`${BIN}/pg_ctl`, ['-D', data, '-m', 'immediate', '-W', 'stop']), {
			cwd: folder
		});
		await ended;
	};
	await start();
	run('createdb', '-h', '127.0.0.1', '-p', String(port), '-U', 'capitoul', 'capitoul');
	return {
		url: new URL(`postgres://capitoul@127.0.0.1:${port}/capitoul`),
		kill,
		start,
		remove: async () => {
			await kill();
			fs.rmSync(folder, { recursive: true, force: true });
		}
	};
}

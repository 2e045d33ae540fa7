import { spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './ports.ts';

export interface RealNginx {
	url: string;
	port: number;
	/** Everything it printed so far. */
	output: () => string;
	/** SIGKILL to the master and its workers, then waits. */
	kill: () => Promise<void>;
}

/**
 * Starts a real nginx from `deploy/nginx/nginx.conf` with ports, paths and upstream addresses put in their place, and
 * nothing else; resolves once it answers.
 */
export async function startNginx(
	command: string,
	options: { folder: string; tls: string; web: readonly string[] }
): Promise<RealNginx> {
	const { folder, tls, web } = options;
	const [http, port] = [await freePort(), await freePort()];
	const shipped = new URL('../../deploy/nginx/nginx.conf', import.meta.url);
	let conf = fs.readFileSync(shipped, 'utf8');
	const put = (what: string, by: string) => {
		if (!conf.includes(what)) throw new Error(`nginx.conf no longer says ${what}`);
		conf = conf.replaceAll(what, by);
	};
	put('listen 8080', `listen 127.0.0.1:${http}`);
	put('listen 8443', `listen 127.0.0.1:${port}`);
	put('/run/secrets/', `${tls}/`);
	put('/tmp/nginx', `${folder}/nginx`);
	web.forEach((address, i) => put(`web-${i + 1}:3000`, address));
	const file = path.join(folder, 'nginx.conf');
	fs.writeFileSync(file, conf);
	// Started by root its workers would be somebody else, who may not write in this test's folder.
	const user = process.getuid?.() === 0 ? ` user ${os.userInfo().username};` : '';
	const child = spawn(command, ['-c', file, '-g', `daemon off;${user}`], {
		stdio: ['ignore', 'ignore', 'pipe'],
		detached: true
	});
	let output = '';
	child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const kill = async () => {
		// Its workers are in its own group.
		if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
			process.kill(-child.pid, 'SIGKILL');
		await exited;
	};
	for (const deadline = Date.now() + 10_000; ;) {
		const up = await new Promise<boolean>((resolve) =>
			https
				.get({ host: '127.0.0.1', port, path: '/', rejectUnauthorized: false }, (res) => {
					res.resume();
					resolve(true);
				})
				.once('error', () => resolve(false))
		);
		if (up) break;
		if (child.exitCode !== null || Date.now() > deadline) {
			await kill();
			throw new Error(`nginx did not start:\n${output}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return { url: `https://localhost:${port}`, port, output: () => output, kill };
}

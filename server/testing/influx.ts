import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './ports.ts';
import { real } from './real.ts';

export interface InfluxServer {
	url: URL;
	kill(): Promise<void>;
	/** Starts it again on the same port and data. */
	start(): Promise<void>;
	/** Kills it and removes its files. */
	remove(): Promise<void>;
}

/**
 * A real InfluxDB 1.x on free loopback ports in a temporary folder, or undefined with a printed reason where Debian's
 * `influxd` is not installed.
 */
export async function startInflux(): Promise<InfluxServer | undefined> {
	const command = real('InfluxDB', '/usr/bin/influxd', 'influxd');
	if (command === undefined) return undefined;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'influx-'));
	const port = await freePort();
	const conf = path.join(folder, 'influxdb.conf');
	fs.writeFileSync(
		conf,
		`reporting-disabled = true
bind-address = "127.0.0.1:${await freePort()}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[logging]
  level = "error"
`
	);
	const url = new URL(`http://127.0.0.1:${port}`);
	let child: ChildProcess | undefined;
	const kill = async () => {
		const running = child;
		child = undefined;
		if (!running || running.exitCode !== null || running.signalCode !== null) return;
		const exited = new Promise((resolve) => running.once('exit', resolve));
		running.kill('SIGKILL');
		await exited;
	};
	const start = async () => {
		const started = spawn(command, ['-config', conf], { stdio: 'ignore' });
		child = started;
		const deadline = Date.now() + 30_000;
		for (;;) {
			const up = await fetch(new URL('/ping', url)).then(
				(response) => response.ok,
				() => false
			);
			if (up) return;
			if (started.exitCode !== null || Date.now() > deadline) {
				await kill();
				throw new Error(`influxd did not start: exit code ${started.exitCode}`);
			}
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	};
	await start();
	return {
		url,
		kill,
		start,
		remove: async () => {
			await kill();
			fs.rmSync(folder, { recursive: true, force: true });
		}
	};
}

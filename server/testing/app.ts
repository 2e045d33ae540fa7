import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './ports.ts';

const root = path.resolve(import.meta.dirname, '../..');

// No promise: a shared machine that does all else too may take long to begin.
const READY_MS = process.env['CI'] ? 60_000 : 20_000;

export const DEVICE_PASSWORD = 'only-for-tests';

export interface App {
	url: string;
	mqttPort: number;
	dataDir: string;
	/** Everything the process printed so far. */
	output(): string;
	/** SIGTERM, then waits; resolves with the exit code. */
	stop(): Promise<number | null>;
	/** SIGKILL, then waits. */
	kill(): Promise<void>;
}

/**
 * Starts the built app as a user would, on free loopback ports with a data folder of its own, and resolves once
 * `/readyz` says ready. By default no source and no simulator, and devices sign in with `DEVICE_PASSWORD`.
 */
export async function startApp(
	env: Record<string, string> = {},
	{ dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'capitoul-')), readyMs = READY_MS } = {}
): Promise<App> {
	const port = env['PORT'] ? Number(env['PORT']) : await freePort();
	const mqttPort = env['MQTT_PORT'] ? Number(env['MQTT_PORT']) : await freePort();
	const none = path.join(dataDir, 'no-sources.json');
	fs.writeFileSync(none, '[]');
	const child: ChildProcess = spawn(process.execPath, ['server/main.ts'], {
		cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			PATH: process.env['PATH'],
			HOST: '127.0.0.1',
			PORT: String(port),
			MQTT_PORT: String(mqttPort),
			DATA_DIR: dataDir,
			SOURCES: none,
			SIMULATOR: 'off',
			MQTT_DEVICE_PASSWORD: DEVICE_PASSWORD,
			PORTAL_URL: 'http://127.0.0.1:9',
			LOG_LEVEL: 'warn',
			...env
		}
	});
	let output = '';
	child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const exited = new Promise<number | null>((resolve) =>
		child.once('exit', (code) => resolve(code))
	);
	const end = async (signal: NodeJS.Signals) => {
		if (child.exitCode === null && child.signalCode === null) child.kill(signal);
		return exited;
	};
	const url = `http://127.0.0.1:${port}`;
	const deadline = Date.now() + readyMs;
	for (;;) {
		if (child.exitCode !== null)
			throw new Error(`the app ended with ${child.exitCode}:\n${output}`);
		const ready = await fetch(`${url}/readyz`)
			.then((r) => r.ok)
			.catch(() => false);
		if (ready) break;
		if (Date.now() > deadline) {
			await end('SIGKILL');
			throw new Error(`the app was not ready in ${readyMs} ms:\n${output}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return {
		url,
		mqttPort,
		dataDir,
		output: () => output,
		stop: () => end('SIGTERM'),
		kill: async () => {
			await end('SIGKILL');
		}
	};
}

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './ports.ts';
import { real } from './real.ts';

/** Node-RED's entry: in the folder `NODE_RED`, or where `.ci/run` keeps it; undefined with a printed reason. */
export function nodeRed(): string | undefined {
	const folder = process.env['NODE_RED'] ?? path.join(os.homedir(), '.cache/capitoul/node-red');
	return real('Node-RED', path.join(folder, 'node_modules/node-red/red.js'));
}

export interface RealNodeRed {
	url: string;
	output(): string;
	/** SIGTERM, then waits. */
	stop(): Promise<void>;
}

/** Starts a real Node-RED from our shipped settings, on a free loopback port, and resolves once its flows run. */
export async function startNodeRed(
	command: string,
	{ settings, data, env }: { settings: string; data: string; env: Record<string, string> }
): Promise<RealNodeRed> {
	fs.mkdirSync(data, { recursive: true });
	const port = await freePort();
	const child = spawn(process.execPath, [command, '--settings', settings], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			PATH: process.env['PATH'],
			HOME: data,
			HOST: '127.0.0.1',
			PORT: String(port),
			NODE_RED_DATA: data,
			...env
		}
	});
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
		const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
		await exited;
		clearTimeout(late);
	};
	const deadline = Date.now() + 30_000;
	// Its first word about its broker, whatever the language: by then flows run.
	while (!output.includes('[mqtt-broker:')) {
		if (child.exitCode !== null || Date.now() > deadline) {
			await stop();
			throw new Error(`Node-RED did not start:\n${output}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	return { url: `http://127.0.0.1:${port}`, output: () => output, stop };
}

import { spawn } from 'node:child_process';

export interface Outcome {
	code: number;
	stdout: string;
	stderr: string;
}

/** Runs a command of the host and tells how it ended; it never throws for an exit code. */
export type Run = (
	command: readonly string[],
	env?: Readonly<Record<string, string>>
) => Promise<Outcome>;

const LIMIT_MS = 30 * 60_000; // an image to fetch over a slow line
const MOST_TEXT = 1_000_000;

/** The real one, in a folder. A command that is not there ends with 127, one that never ends with 124. */
export const runIn =
	(cwd: string): Run =>
	([command = '', ...args], env = {}) =>
		new Promise((resolve) => {
			const child = spawn(command, args, {
				cwd,
				env: { ...process.env, ...env },
				stdio: ['ignore', 'pipe', 'pipe']
			});
			let stdout = '';
			let stderr = '';
			let late = false;
			child.stdout.on('data', (chunk: Buffer) => {
				if (stdout.length < MOST_TEXT) stdout += chunk.toString();
			});
			child.stderr.on('data', (chunk: Buffer) => {
				stderr = (stderr + chunk.toString()).slice(-MOST_TEXT);
			});
			const limit = setTimeout(() => {
				late = true;
				child.kill('SIGKILL');
			}, LIMIT_MS);
			child.once('error', (error) => {
				clearTimeout(limit);
				resolve({ code: 127, stdout, stderr: `${command}: ${error.message}` });
			});
			child.once('close', (code) => {
				clearTimeout(limit);
				resolve({ code: late ? 124 : (code ?? 1), stdout, stderr });
			});
		});

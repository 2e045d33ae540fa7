// Several commands side by side, for `npm test` and `npm run lint`. Plain JavaScript for Node 20, like node24.mjs.
import { spawn } from 'node:child_process';
import os from 'node:os';
import readline from 'node:readline';
import { env, node24, root, say } from './node24.mjs';

/** Two, even on a large machine: the tests of each step already take two cores, and time runs against some of them. */
const AT_ONCE = Math.min(2, os.availableParallelism());
const PATIENCE_MS = 10_000; // a browser or a database closes in less
const LAST_WORDS = 12;

/**
 * Runs commands of Node, each a name and its arguments, in their order but `atOnce` at a time, each line of output
 * behind its command's name; its last lines once more when it ends, together. The first to fail ends the others and this
 * process, with its own code.
 */
export async function steps(commands, atOnce = AT_ONCE) {
	const running = new Set();
	let failed;
	// A step leads a group of its own: the databases and brokers its tests started end with it.
	const kill = (child, signal) => {
		try {
			process.kill(-child.pid, signal);
		} catch {
			// nothing of it runs any more
		}
	};
	const end = (signal) => running.forEach((child) => kill(child, signal));
	const fail = (code, why) => {
		if (failed !== undefined) return;
		failed = code;
		say(why);
		end('SIGINT'); // not SIGTERM: on this one Playwright and Vitest close what they opened
		setTimeout(() => end('SIGKILL'), PATIENCE_MS).unref();
	};
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => fail(130, `stopped by ${signal}`));

	const one = ([name, ...args]) =>
		new Promise((resolve) => {
			const began = Date.now();
			const child = spawn(node24(), args, {
				cwd: root,
				stdio: ['ignore', 'pipe', 'pipe'],
				detached: true,
				env: env()
			});
			running.add(child);
			const last = [];
			for (const [from, to] of [
				[child.stdout, process.stdout],
				[child.stderr, process.stderr]
			])
				readline.createInterface({ input: from }).on('line', (line) => {
					to.write(`${name} │ ${line}\n`);
					last.push(line);
					if (last.length > LAST_WORDS) last.shift();
				});
			child.on('error', (error) => fail(1, `${name} could not start: ${error.message}`));
			child.on('exit', () => kill(child, 'SIGKILL'));
			child.on('close', (code, signal) => {
				running.delete(child);
				const seconds = Math.round((Date.now() - began) / 1000);
				process.stdout.write(last.map((line) => `${line}\n`).join(''));
				if (code === 0) say(`${name}: ${seconds} s`);
				else
					fail(code ?? 1, `${name} failed after ${seconds} s (${signal ?? code}), see its lines`);
				resolve();
			});
		});

	const waiting = [...commands];
	const lane = async () => {
		while (failed === undefined && waiting.length > 0) await one(waiting.shift());
	};
	await Promise.all(Array.from({ length: atOnce }, lane));
	if (failed !== undefined) process.exit(failed);
}

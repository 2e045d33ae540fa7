import { fork, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const started = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of started) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function track(child: ChildProcess): ChildProcess {
	started.add(child);
	child.once('exit', () => started.delete(child));
	return child;
}

/** Starts one of our bench programs and resolves with the first message it sends: what it listens on. */
export async function startProgram<T>(
	file: string,
	args: readonly string[] = []
): Promise<{ child: ChildProcess; first: T }> {
	const child = track(
		fork(path.join(here, file), [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
	);
	const first = await next<T>(child);
	return { child, first };
}

/** The next message of a program; rejects when it ends instead. */
export function next<T>(child: ChildProcess): Promise<T> {
	return new Promise((resolve, reject) => {
		const ended = () => reject(new Error('a bench program ended early'));
		child.once('exit', ended);
		child.once('message', (message) => {
			child.off('exit', ended);
			resolve(message as T);
		});
	});
}

export const startCommand = (
	command: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv = process.env
) => track(spawn(command, args, { stdio: 'ignore', env }));

export async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((resolve) => child.once('exit', resolve));
	child.kill('SIGTERM');
	const hurry = setTimeout(() => child.kill('SIGKILL'), 3_000);
	await ended;
	clearTimeout(hurry);
}

/** Seconds of CPU a process has used (Linux). */
export function cpuSeconds(pid: number): number {
	const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const residentKiB = (pid: number) =>
	Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { writeMosquitto } from '../broker/mosquitto.ts';
import { freePort } from './ports.ts';

export interface RealMosquitto {
	port: number;
	webSocketPort: number;
	folder: string;
	pid: number;
	/** Passwords of our services. */
	accounts: Record<string, string>;
	/** SIGKILL, then waits. */
	kill: () => Promise<void>;
	/** SIGTERM (it saves its database), then waits. */
	stop: () => Promise<void>;
}

/** Starts a real Mosquitto from our generated files, in a folder of its own or one given again. */
export async function startMosquitto(
	command: string,
	{
		folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mosquitto-')),
		devices = {},
		port,
		extra = ''
	}: { folder?: string; devices?: Record<string, string>; port?: number; extra?: string } = {}
): Promise<RealMosquitto> {
	const ports = { port: port ?? (await freePort()), webSocketPort: await freePort() };
	writeMosquitto(folder, ports, devices);
	const conf = path.join(folder, 'mosquitto.conf');
	// Started by root it would give up its rights, and then not read the files of this test.
	fs.appendFileSync(conf, `user ${os.userInfo().username}\n${extra}\n`);
	const child = spawn(command, ['-c', conf], { stdio: 'ignore' });
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	for (let tries = 0; ; tries++) {
		const up = await new Promise<boolean>((resolve) => {
			const socket = net.connect(ports.port, '127.0.0.1');
			socket.once('connect', () => resolve(true));
			socket.once('error', () => resolve(false));
			socket.once('close', () => socket.destroy());
			setTimeout(() => socket.destroy(), 200);
		});
		if (up) break;
		if (child.exitCode !== null || tries > 200) throw new Error('mosquitto did not start');
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	const accounts = JSON.parse(
		fs.readFileSync(path.join(folder, 'accounts.json'), 'utf8')
	) as Record<string, string>;
	const end = async (signal: NodeJS.Signals) => {
		if (child.exitCode === null && child.signalCode === null) child.kill(signal);
		await exited;
	};
	return {
		...ports,
		folder,
		pid: child.pid ?? 0,
		accounts,
		kill: () => end('SIGKILL'),
		stop: () => end('SIGTERM')
	};
}

import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../server/testing/ports.ts';
import { BUSY_TOPIC, message } from './load.ts';
import { BenchClient, publishPacket, type Account } from './mqtt.ts';
import {
	cpuSeconds,
	median,
	next,
	residentKiB,
	sleep,
	startCommand,
	startProgram,
	stop
} from './process.ts';

export interface Peer {
	child: ChildProcess;
	pid: number;
	port: number;
	webSocketPort: number;
	account?: Account;
}
interface Counted {
	received: number;
	closed: number;
	p50: number;
	p99: number;
}

async function program(file: string): Promise<Peer> {
	const { child, first } = await startProgram<Omit<Peer, 'child' | 'pid'>>(file);
	return { child, pid: child.pid ?? 0, ...first };
}

export const embedded = () => program('peers/embedded.ts');
export const plainAedes = () => program('peers/aedes.ts');

export async function mosquitto(command: string): Promise<Peer> {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
	const [port, webSocketPort] = [await freePort(), await freePort()];
	fs.writeFileSync(
		path.join(folder, 'mosquitto.conf'),
		`allow_anonymous true\npersistence false\nmax_queued_messages 0\nlog_dest none\nset_tcp_nodelay true\n` +
			`listener ${port} 127.0.0.1\nlistener ${webSocketPort} 127.0.0.1\nprotocol websockets\n`
	);
	const child = startCommand(command, ['-c', path.join(folder, 'mosquitto.conf')]);
	await sleep(500);
	return { child, pid: child.pid ?? 0, port, webSocketPort };
}

export interface FanOut {
	/** Messages delivered per second of the broker's CPU. */
	perCpuSecond: number;
	/** Share of what was wanted that arrived. */
	reached: number;
	p50: number;
	p99: number;
	cut: number;
}

/** One publisher, `phones` WebSocket subscribers of one cell, `rate` messages a second for `seconds`. */
export async function fanOut(
	start: () => Promise<Peer>,
	{ phones = 200, rate = 400, seconds = 8, stalled = 0 } = {}
): Promise<FanOut> {
	const peer = await start();
	const { child } = await startProgram('phones.ts', [
		String(peer.webSocketPort),
		String(phones + stalled),
		'1',
		String(stalled)
	]);
	const publisher = await BenchClient.open(peer.port, false, 'publisher', peer.account);
	const before = cpuSeconds(peer.pid);
	const wanted = rate * seconds;
	const from = performance.now();
	for (let sent = 0; sent < wanted;) {
		const due = Math.min(wanted, Math.floor(((performance.now() - from) / 1_000) * rate));
		for (; sent < due; sent++) publisher.send(publishPacket(BUSY_TOPIC, message()));
		await sleep(2);
	}
	// What is still under way counts, but not for ever.
	let counted: Counted = { received: 0, closed: 0, p50: 0, p99: 0 };
	let total = 0;
	for (let quiet = 0, rounds = 0; quiet < 2 && rounds < 20; rounds++) {
		await sleep(250);
		child.send('count');
		const now = await next<Counted>(child);
		counted = { ...now, p50: counted.p50 || now.p50, p99: Math.max(counted.p99, now.p99) };
		total += now.received;
		quiet = now.received === 0 || total >= wanted * phones ? quiet + 1 : 0;
	}
	const used = cpuSeconds(peer.pid) - before;
	publisher.socket.destroy();
	await stop(child);
	await stop(peer.child);
	return {
		perCpuSecond: total / used,
		reached: total / (wanted * phones),
		p50: counted.p50,
		p99: counted.p99,
		cut: counted.closed
	};
}

/** Memory of one idle phone in the broker, in KiB. */
export async function idleMemory(
	start: () => Promise<Peer>,
	{ phones = 500, filters = 55 } = {}
): Promise<number> {
	const peer = await start();
	await sleep(300);
	const before = residentKiB(peer.pid);
	const { child } = await startProgram('phones.ts', [
		String(peer.webSocketPort),
		String(phones),
		String(filters)
	]);
	await sleep(3_000);
	const each = (residentKiB(peer.pid) - before) / phones;
	await stop(child);
	await stop(peer.child);
	return each;
}

/** The median of several runs, by the figure that `by` names. */
export async function several<T>(
	runs: number,
	once: () => Promise<T>,
	by: (result: T) => number
): Promise<T> {
	const results: T[] = [];
	for (let i = 0; i < runs; i++) results.push(await once());
	const middle = median(results.map(by));
	const result = results.find((each) => by(each) === middle);
	if (result === undefined) throw new Error('no run');
	return result;
}

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
	{ phones = 200, rate = 400, seconds = 8, stalled = 0, bytes = 200 } = {}
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
		for (; sent < due; sent++) publisher.send(publishPacket(BUSY_TOPIC, message(bytes)));
		await sleep(2);
	}
	// What is still under way counts, but not for ever.
	let counted: Counted = { received: 0, p50: 0, p99: 0 };
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
	child.send('resume');
	const { closed } = await next<{ closed: number }>(child);
	publisher.socket.destroy();
	await stop(child);
	await stop(peer.child);
	return {
		perCpuSecond: total / used,
		reached: total / (wanted * phones),
		p50: counted.p50,
		p99: counted.p99,
		cut: closed
	};
}

/** What one phone that stops reading does to the others. */
export interface Stall {
	/** Of the others, with and without it. */
	reached: number;
	p99: number;
	p99Without: number;
	/** Median over the pairs of runs of p99 with it through p99 without it. */
	ratio: number;
	cut: number;
}

/**
 * Pairs of runs, without and with a phone that stops reading. Messages are large enough that the system's own buffers
 * (about 6 MB a connection on loopback) fill within two thirds of the run: then the broker must cut or wait.
 */
export async function stall(
	start: () => Promise<Peer>,
	pairs: number,
	{ phones = 20, rate = 400, seconds = 10, bytes = 4_000 } = {}
): Promise<Stall> {
	const results: Stall[] = [];
	for (let pair = 0; pair < pairs; pair++) {
		const alone = await fanOut(start, { phones, rate, seconds, bytes });
		const held = await fanOut(start, { phones, rate, seconds, bytes, stalled: 1 });
		results.push({
			reached: held.reached,
			p99: held.p99,
			p99Without: alone.p99,
			ratio: held.p99 / alone.p99,
			cut: held.cut
		});
	}
	const middle = median(results.map(({ ratio }) => ratio));
	const result = results.find(({ ratio }) => ratio === middle);
	if (!result) throw new Error('no run');
	return result;
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

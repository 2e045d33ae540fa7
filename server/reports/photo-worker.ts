import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { AppError } from '../../src/lib/errors.ts';
import { MAX_PHOTO_BYTES } from '../../src/lib/reports/report.ts';
import { photoKind } from './photo-kind.ts';
import type { PhotoOrder, PhotoResult } from './photo-process.ts';

export interface BarePhoto {
	bytes: Uint8Array;
	width: number;
	height: number;
}

/** Makes photos anew, one at a time. */
export interface PhotoWorker {
	/** Rejects `photo_invalid`, `photo_too_large`, `busy`. */
	bare(bytes: Uint8Array): Promise<BarePhoto>;
	close(): Promise<void>;
}

interface Limits {
	/** A decoder that takes longer hangs. */
	timeMs?: number;
	/** Resident memory of the process, bytes: 40 million pixels need about a third. */
	memory?: number;
	/** An idle process is ended: it would keep 60 MB for a report an hour. */
	idleMs?: number;
	/** Photos that may wait. */
	waiting?: number;
	/** Tests put a process that misbehaves in its place. */
	program?: string;
}

const PROGRAM = path.join(import.meta.dirname, 'photo-process.ts');
const WATCH_MS = 50;

/**
 * A process of its own decodes photos, started when the first one comes. It is killed when it takes too long or too much
 * memory, and the photo refused; the next one gets a new process.
 */
export function photoWorker({
	timeMs = 20_000,
	memory = 450 * 1024 * 1024,
	idleMs = 30_000,
	waiting = 60,
	program = PROGRAM
}: Limits = {}): PhotoWorker {
	let child: ChildProcess | undefined;
	let idle: NodeJS.Timeout | undefined;
	let last: Promise<unknown> = Promise.resolve();
	let queued = 0;
	let count = 0;
	let closed = false;

	const running = (): ChildProcess => {
		if (child?.connected) return child;
		const made = fork(program, [], {
			serialization: 'advanced',
			execArgv: ['--max-old-space-size=64'],
			// Nothing of the app's secrets is needed to turn a picture.
			env: { PATH: process.env['PATH'] },
			stdio: ['ignore', 'ignore', 'ignore', 'ipc']
		});
		made.once('exit', () => {
			if (child === made) child = undefined;
		});
		return (child = made);
	};

	const one = async (bytes: Uint8Array): Promise<BarePhoto> => {
		clearTimeout(idle);
		if (closed) throw new AppError('busy');
		const result = await ask(running(), { n: ++count, bytes }, timeMs, memory);
		idle = setTimeout(() => child?.kill('SIGKILL'), idleMs);
		idle.unref();
		if (result.ok) return result;
		throw new AppError(
			result.why === 'too_large' ? 'photo_too_large' : 'photo_invalid',
			result.detail
		);
	};

	return {
		async bare(bytes) {
			if (bytes.length > MAX_PHOTO_BYTES) throw new AppError('photo_too_large');
			if (!photoKind(bytes)) throw new AppError('photo_invalid');
			if (queued >= waiting) throw new AppError('busy');
			queued++;
			const turn = last.then(() => one(bytes));
			last = turn.catch(() => {});
			return turn.finally(() => queued--);
		},
		async close() {
			closed = true;
			clearTimeout(idle);
			const ending = child;
			if (!ending) return;
			const exited = new Promise((resolve) => ending.once('exit', resolve));
			ending.kill('SIGKILL');
			await exited;
		}
	};
}

/** The answer to one order. Whatever goes wrong with the process, it is gone when this resolves. */
function ask(
	child: ChildProcess,
	order: PhotoOrder,
	timeMs: number,
	memory: number
): Promise<PhotoResult> {
	return new Promise((resolve) => {
		const end = (result: PhotoResult) => {
			clearTimeout(late);
			clearInterval(watch);
			child.off('message', answered);
			child.off('exit', gone);
			child.off('error', gone);
			resolve(result);
		};
		const refuse = (detail: string) => {
			child.kill('SIGKILL');
			end({ n: order.n, ok: false, why: 'unreadable', detail });
		};
		const answered = (result: unknown) => {
			if ((result as PhotoResult).n === order.n) end(result as PhotoResult);
		};
		const gone = () => refuse('the decoder gave up on it');
		const late = setTimeout(() => refuse('it takes too long to read'), timeMs);
		const watch = setInterval(() => {
			if (resident(child.pid) > memory) refuse('it takes too much memory to read');
		}, WATCH_MS);
		child.on('message', answered);
		child.once('exit', gone);
		child.once('error', gone);
		child.send(order, (error) => {
			if (error) gone();
		});
	});
}

/** Resident bytes of a process; 0 where the system does not tell (not Linux): the bound on pixels then stands alone. */
function resident(pid: number | undefined): number {
	try {
		const [, pages = '0'] = fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
		return Number(pages) * 4096;
	} catch {
		return 0;
	}
}

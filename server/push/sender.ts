import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../src/lib/errors.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import { encrypt } from './encrypt.ts';
import { checkEndpoint, remembered, systemResolve, type Resolve } from './endpoint.ts';
import { messageOf } from './message.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import type { Waiting } from './queue.ts';
import { dueRows, purge, settle, type Row } from './store.ts';
import { MAX_IN_FLIGHT, type Transport } from './transport.ts';
import type { Vapid } from './vapid.ts';

interface Deps {
	database: Database;
	vapid: Vapid;
	post: Transport;
	allowedHosts: readonly string[];
	/** Public origin of the app, for the page a notice opens. */
	origin: string | undefined;
	clock: () => number;
	log: Log;
	/** Whether this process is the one that sends. */
	active: () => boolean;
	resolve?: Resolve;
}

/** Rows read at once: enough for the slots until the next look, few enough to forget. */
const BATCH = 500;
/** Another process may have put something in the queue. */
const LOOK_MS = 1_000;
const PURGE_MS = 3_600_000;
/** So many outcomes are written at once, or those of so many ms. */
const TOGETHER = 50;
const TOGETHER_MS = 20;
/** A service that failed so often in a row rests, so that the others have their turn. */
const FAILURES = 10;
const REST_MS = 30_000;

/** A push service as the sender knows it. */
interface Service {
	failures: number;
	/** Nothing is sent to it before, ms. */
	heldUntil: number;
}

/**
 * Empties the queue: at most 100 messages are under way, and a message counts as under way until what became of it is on
 * the disk. So after a kill at most those are sent twice, and none is forgotten.
 */
export class Sender {
	sent = 0;
	failed = 0;
	#d: Deps;
	#flying = new Set<string>();
	#ready: Row[] = [];
	#settled: { row: Row; outcome: Outcome }[] = [];
	#settling = false;
	#services = new Map<string, Service>();
	#wake: (() => void) | undefined;
	#nudged = false;
	#resolve: Resolve;
	#purgedAt = 0;

	constructor(deps: Deps) {
		this.#d = deps;
		// Ten thousand messages to one service are one question to the resolver.
		this.#resolve = remembered(deps.resolve ?? systemResolve, deps.clock);
	}

	get underWay(): number {
		return this.#flying.size;
	}

	/** There may be something to send: no need to wait for the next look. */
	nudge(): void {
		this.#nudged = true;
		this.#wake?.();
	}

	/** Runs until `signal` aborts; then waits for what is under way. */
	async run(signal: AbortSignal): Promise<void> {
		signal.addEventListener('abort', () => this.nudge(), { once: true });
		while (!signal.aborted) {
			try {
				if (this.#d.active()) await this.#fill();
				else this.#ready = [];
			} catch (error) {
				// A database that is away for a moment: the queue is in it, so nothing is lost.
				this.#d.log.warn({ err: error }, 'push queue');
				await pause(LOOK_MS, undefined, { signal }).catch(() => {});
			}
			if (this.#ready.length > 0 && this.#flying.size < MAX_IN_FLIGHT) continue;
			await this.#idle();
		}
		const deadline = this.#d.clock() + 5_000;
		while (this.#flying.size > 0 && this.#d.clock() < deadline) await pause(20);
	}

	/** Waits for a slot, a nudge, or the time to look again. */
	async #idle(): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#wake = resolve;
		const timer = setTimeout(resolve, LOOK_MS);
		if (!this.#nudged) await promise;
		clearTimeout(timer);
		this.#wake = undefined;
		this.#nudged = false;
	}

	async #fill(): Promise<void> {
		const { database, clock } = this.#d;
		const now = clock();
		if (now - this.#purgedAt > PURGE_MS) {
			this.#purgedAt = now;
			await purge(database, now);
		}
		if (this.#ready.length === 0) {
			const rows = await dueRows(database, now, BATCH + this.#flying.size);
			this.#ready = rows.filter(({ id }) => !this.#flying.has(id));
		}
		while (this.#flying.size < MAX_IN_FLIGHT) {
			const row = this.#ready.shift();
			if (!row) return;
			this.#flying.add(row.id);
			void this.#send(row).then((outcome) => this.#settle(row, outcome));
		}
	}

	async #send(row: Row): Promise<Outcome> {
		const { clock, vapid, post, origin, allowedHosts } = this.#d;
		const now = clock();
		if (row.expires_at <= now) return { kind: 'dropped', why: 'expired' };
		try {
			const host = hostOf(row.endpoint);
			const service = this.#service(host);
			if (service.heldUntil > now) return { kind: 'later', at: service.heldUntil, hold: true };
			const target = await checkEndpoint(row.endpoint, { allowedHosts, resolve: this.#resolve });
			const locale = row.locale === 'en' ? 'en' : 'fr';
			const notice = JSON.parse(row.notice) as Waiting;
			const topic = row.topic ?? undefined;
			const body = encrypt(row, messageOf({ notice, topic, locale, origin }));
			const headers: Record<string, string> = {
				authorization: vapid.header(target.url.origin),
				'content-encoding': 'aes128gcm',
				'content-type': 'application/octet-stream',
				ttl: String(Math.max(0, Math.round((row.expires_at - now) / 1000))),
				urgency: row.urgency,
				...(topic !== undefined && { topic })
			};
			const answer = await post(target, headers, body).catch((error: unknown) => asError(error));
			const outcome = outcomeOf(answer, row.attempts, clock());
			this.#note(service, answer instanceof Error || answer.status >= 500, outcome);
			return outcome;
		} catch (error) {
			if (error instanceof AppError && error.code === 'endpoint_unresolved')
				return outcomeOf(error, row.attempts, clock());
			// The subscription stays: a resolver that lies for a minute must not cost anybody their alerts.
			return { kind: 'dropped', why: asError(error).message };
		}
	}

	#service(host: string): Service {
		let service = this.#services.get(host);
		if (!service) {
			service = { failures: 0, heldUntil: 0 };
			this.#services.set(host, service);
		}
		return service;
	}

	#note(service: Service, failed: boolean, outcome: Outcome): void {
		service.failures = failed ? service.failures + 1 : 0;
		const now = this.#d.clock();
		if (outcome.kind === 'later' && outcome.hold) service.heldUntil = outcome.at;
		else if (service.failures >= FAILURES) service.heldUntil = now + REST_MS;
	}

	/** Keeps what became of a message, together with the others that ended meanwhile; only then is its slot free. */
	#settle(row: Row, outcome: Outcome): void {
		if (outcome.kind === 'sent') this.sent++;
		else if (outcome.kind !== 'later') this.failed++;
		if (outcome.kind === 'dropped')
			this.#d.log.warn({ kind: row.kind, why: outcome.why }, 'push dropped');
		this.#settled.push({ row, outcome });
		if (!this.#settling) void this.#write();
	}

	async #write(): Promise<void> {
		this.#settling = true;
		while (this.#settled.length > 0) {
			// Answers trickle in: each transaction of its own would cost more than the message did.
			if (this.#settled.length < TOGETHER) await pause(TOGETHER_MS);
			const batch = this.#settled;
			this.#settled = [];
			try {
				await settle(this.#d.database, batch, this.#d.clock());
			} catch (error) {
				// Sent and not yet written: held in memory until it can be.
				this.#d.log.warn({ err: error }, 'push outcomes');
				this.#settled = [...batch, ...this.#settled];
				await pause(LOOK_MS);
				continue;
			}
			for (const { row } of batch) this.#flying.delete(row.id);
			this.nudge();
		}
		this.#settling = false;
	}
}

const hostOf = (endpoint: string) => (URL.canParse(endpoint) ? new URL(endpoint).host : '');
const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

import type { Filters } from './cells.ts';
import type { Stream, StreamEvents } from './stream.ts';

export type Connection = 'live' | 'polling' | 'offline';

export interface LinkDeps {
	/** Asks the server over HTTP what is new; rejects where it does not answer. */
	refresh(): Promise<void>;
	/** Where to connect, known after the first `refresh`. */
	address(): string;
	open(url: string, events: StreamEvents): Promise<Stream>;
	onmessage(topic: string, payload: string): void;
	onconnection(connection: Connection): void;
	/** Between 0 and 1. */
	random?: () => number;
}

/** CONTRACT, « What a phone subscribes ». */
const POLL_MS = 60_000;
const HIDDEN_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** With HTTP fine and no socket (a proxy that lets none through), attempts to connect do not each ask for news. */
const NEWS_MS = 30_000;

/**
 * Keeps a phone in touch with the city: a socket for what is on screen, HTTP where that is too much or where no socket
 * gets through, nothing while the tab is hidden for longer than a minute. `onconnection` always says which of these it is.
 * « offline » takes both: a failed request and no socket; what the system says of the network is only a reason to try.
 */
export class Link {
	#deps: LinkDeps;
	#random: () => number;
	#running = false;
	#stream: Stream | undefined;
	#connecting = false;
	/** Whether the last request was answered; undefined before the first. */
	#http: boolean | undefined;
	#asked = -Infinity;
	#attempt = 0;
	#wanted: Filters = { filters: [], fits: true };
	#subscribed = new Set<string>();
	#refused = false;
	#subscribing = false;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#poll: ReturnType<typeof setInterval> | undefined;
	#hide: ReturnType<typeof setTimeout> | undefined;
	#hidden = false;
	#hiddenAt = 0;
	#said: Connection | undefined;

	constructor(deps: LinkDeps) {
		this.#deps = deps;
		this.#random = deps.random ?? Math.random;
	}

	start(): void {
		if (this.#running) return;
		this.#running = true;
		// Spread over the minute, so that a city's phones do not ask together.
		const every = POLL_MS * (0.95 + 0.1 * this.#random());
		this.#poll = setInterval(() => void this.#pollNow(), every);
		void this.#connect();
	}

	stop(): void {
		this.#running = false;
		clearInterval(this.#poll);
		clearTimeout(this.#retry);
		clearTimeout(this.#hide);
		this.#drop();
	}

	/** What to hear from now on. Filters that stay are not subscribed again. */
	want(wanted: Filters): void {
		this.#wanted = wanted;
		this.#refused = false;
		void this.#subscribe();
		this.#say();
	}

	/** The tab was hidden or shown. Hidden for a minute, it receives nothing more; shown, it is back at once. */
	hide(hidden: boolean): void {
		clearTimeout(this.#hide);
		if (hidden) {
			this.#hiddenAt = Date.now();
			this.#hide = setTimeout(() => {
				this.#hidden = true;
				clearTimeout(this.#retry);
				this.#drop();
				this.#say();
			}, HIDDEN_MS);
		} else {
			this.#hidden = false;
			// A phone that slept had no minute of its own to count.
			if (Date.now() - this.#hiddenAt > HIDDEN_MS / 2) this.renew();
			else this.again();
		}
	}

	/** The network is back, or another one: a socket of before may be dead without knowing it. */
	renew(): void {
		this.#drop();
		this.again();
		this.#say();
	}

	/** A reason to believe that the network is back: tries at once, without the pause it may be in. */
	again(): void {
		this.#attempt = 0;
		clearTimeout(this.#retry);
		if (!this.#stream) void this.#connect();
	}

	/** A reason to believe that the network is gone: asks, and if nobody answers the socket is gone too. */
	async doubt(): Promise<void> {
		if (!this.#running || this.#hidden) return;
		if (await this.#ask()) return;
		this.#drop();
		this.#later();
		this.#say();
	}

	/** Asks for news over HTTP; the answer says whether there is a network. */
	async #ask(): Promise<boolean> {
		try {
			await this.#deps.refresh();
			this.#http = true;
			this.#asked = Date.now();
		} catch {
			this.#http = false;
		}
		this.#say();
		return this.#http;
	}

	async #pollNow(): Promise<void> {
		if (this.#hidden || this.#connecting || this.#said === 'live') return;
		await this.#ask();
	}

	async #connect(): Promise<void> {
		if (!this.#running || this.#hidden || this.#connecting || this.#stream) return;
		this.#connecting = true;
		try {
			const news = this.#http !== true || Date.now() - this.#asked > NEWS_MS;
			if (news && !(await this.#ask())) return;
			const stream = await this.#deps.open(this.#deps.address(), {
				onmessage: (topic, payload) => this.#deps.onmessage(topic, payload),
				onclose: () => this.#closed(stream)
			});
			if (!this.#running || this.#hidden) return stream.end();
			this.#stream = stream;
			this.#attempt = 0;
			await this.#subscribe();
		} catch {
			// No socket for now; HTTP said whether there is a network at all.
		} finally {
			this.#connecting = false;
			if (!this.#stream) this.#later();
			this.#say();
		}
	}

	#closed(stream: Stream): void {
		if (this.#stream !== stream) return;
		this.#drop();
		// Whether this is the server, the network or only the socket: a request tells, after a moment of its own for each
		// phone, because a broker that restarts closes them all at once.
		this.#http = undefined;
		this.#later(this.#random() * FIRST_PAUSE_MS);
	}

	/** Tries again after a pause that doubles, half of it by chance. */
	#later(pause?: number): void {
		clearTimeout(this.#retry);
		if (!this.#running || this.#hidden) return;
		const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#attempt++);
		const wait = pause ?? longest * (0.5 + 0.5 * this.#random());
		this.#retry = setTimeout(() => void this.#connect(), wait);
	}

	#drop(): void {
		this.#stream?.end();
		this.#stream = undefined;
		this.#subscribed.clear();
	}

	/** Brings what is subscribed to what is wanted; a view that changes meanwhile is caught up with at the end. */
	async #subscribe(): Promise<void> {
		const stream = this.#stream;
		if (!stream || this.#subscribing) return;
		this.#subscribing = true;
		try {
			for (;;) {
				const wanted = new Set(this.#wanted.filters);
				const gone = [...this.#subscribed].filter((filter) => !wanted.has(filter));
				const fresh = [...wanted].filter((filter) => !this.#subscribed.has(filter));
				if (this.#refused || (gone.length === 0 && fresh.length === 0)) break;
				for (const filter of gone) this.#subscribed.delete(filter);
				for (const filter of fresh) this.#subscribed.add(filter);
				// First out, then in: the broker counts 64 filters a client.
				await stream.unsubscribe(gone);
				if (!(await stream.subscribe(fresh))) this.#refused = true;
				if (this.#stream !== stream) break;
			}
		} catch {
			// The connection ended: its `onclose` goes on from here.
		} finally {
			this.#subscribing = false;
			if (this.#stream && this.#stream !== stream) void this.#subscribe();
			this.#say();
		}
	}

	#settled(): boolean {
		return !this.#refused && this.#wanted.filters.every((filter) => this.#subscribed.has(filter));
	}

	#say(): void {
		const connection =
			this.#stream && this.#wanted.fits && this.#settled()
				? 'live'
				: this.#stream || this.#http
					? 'polling'
					: this.#http === false
						? 'offline'
						: this.#said && 'polling';
		if (connection === undefined || connection === this.#said) return;
		this.#said = connection;
		this.#deps.onconnection(connection);
	}
}

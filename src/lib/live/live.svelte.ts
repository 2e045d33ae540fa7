import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { Bbox, Position } from '../geo.ts';
import { register, type Register } from '../layers/index.ts';
import type { EntityFeature } from '../layers/entity.ts';
import { Keeper } from '../offline/keeper.ts';
import { breathe, idle } from '../turns.ts';
import { openStore, type Store } from '../offline/store.ts';
import { levels, topics } from '../topics.ts';
import { arrivals, type Arrivals } from './arrivals.ts';
import { CellFrames, missing } from './cell-frames.ts';
import { filtersFor, type Filters } from './cells.ts';
import { cityApi, type CityApi, type FrameOrders, type Source } from './city-api.ts';
import { Clock } from './clock.svelte.ts';
import { readFrame, type Frame } from './frame.ts';
import { Link, type Connection } from './link.ts';
import { Place } from './place.svelte.ts';
import { openStream, type Stream, type StreamEvents } from './stream.ts';

export type { Connection } from './link.ts';
export type { Source } from './city-api.ts';

/** What is on screen: decides which cells are subscribed. */
export interface View {
	bbox: Bbox;
	zoom: number;
	layers: readonly string[];
}

/** What `start` opens; tests give their own. */
export interface LivePorts {
	api?: CityApi;
	open?: (url: string, events: StreamEvents) => Promise<Stream>;
	store?: () => Promise<Store | undefined>;
}

/** CONTRACT, « What a phone subscribes »: an id it does not know is asked for at most this often. */
const UNKNOWN_MS = 10_000;
/** Licences and the state of the sources change slowly. */
const LAYERS_MS = 5 * 60_000;
/** Features read between two breaths: a few milliseconds of a slow phone. */
const TOGETHER = 25;
/** A view that moves under a finger asks for its cells once it rests. */
const SETTLE_MS = 200;

/** Everything the screen knows of the city, whichever way it came: first HTML, IndexedDB, snapshot, frames, polling. */
export class Live {
	/** Also `data-connection` of `<html>`. */
	connection = $state<Connection>('offline');
	/** Since when there is no network (ms), undefined while there is one or while that is not known yet. */
	offlineSince = $state<number | undefined>();
	/** When the server last answered or spoke (ms, its own time). */
	heard = $state<number | undefined>();
	readonly places = new SvelteMap<string, Place>();
	/** By id: licence, attribution, and whether each answers. Empty until the first answer of `/api/v1/layers`. */
	readonly sources = new SvelteMap<string, Source>();
	/** Latest payload of each district, by `layer/district`, while the view is too wide for cells; empty once cleared. */
	readonly districts = new SvelteMap<string, string>();
	/** Whether the whole city is here: from the phone's memory or from the server. */
	whole = $state(false);
	readonly clock = new Clock();
	/** How many times a socket was opened: what was said in between may have been missed. */
	opened = $state(0);
	/** Hears each message of `alert/{id}`; the payload is empty where it was taken back. */
	onalert: ((id: string, payload: string) => void) | undefined;

	#favourites = $state.raw<readonly string[]>([]);
	#register: Register;
	#api: CityApi;
	#link: Link | undefined;
	#keeper: Keeper | undefined;
	#view: View | { place: string } | undefined;
	#cursor: string | undefined;
	#mqtt = '';
	#orders: FrameOrders = {};
	#layersRead = -Infinity;
	#pulling: Promise<void> | undefined;
	#frames = new CellFrames();
	#unknownTimer: ReturnType<typeof setTimeout> | undefined;
	#unknownAsked = -Infinity;
	#aimTimer: ReturnType<typeof setTimeout> | undefined;
	#stopped: AbortController | undefined;
	#savedOnce: () => void = () => {};
	/** Resolves once the whole city is kept on this phone; never where nothing can be kept. */
	readonly saved = new Promise<void>((resolve) => (this.#savedOnce = resolve));
	/** Since when there was no network at the former visit's end, or its last word. */
	#offlineBefore: number | undefined;

	constructor(layers: Register = register()) {
		this.#register = layers;
		this.#api = cityApi((server) => this.#hear(server));
	}

	/** Ids of the places whose cells are heard first, whatever is on screen. */
	get favourites(): readonly string[] {
		return this.#favourites;
	}

	set favourites(ids: readonly string[]) {
		this.#favourites = ids;
		this.#aim();
	}

	/** Whether there is no network, as far as this phone can tell: a page that has only just begun does not know yet. */
	get away(): boolean {
		return this.connection === 'offline' && this.offlineSince !== undefined;
	}

	place(id: string): Place | undefined {
		return this.places.get(id);
	}

	/** Takes features of the API (first HTML, snapshot, cache): makes places and updates those there are, in place. */
	take(features: readonly EntityFeature[]): void {
		const fresh = arrivals();
		this.#read(features, fresh);
		this.#admit(fresh);
	}

	/** The same for a whole city: a little at a time, then what is new all at once, so that lists are drawn once. */
	async #takeGently(features: readonly EntityFeature[]): Promise<void> {
		const fresh = arrivals();
		for (let at = 0; at < features.length; at += TOGETHER) {
			if (at > 0) await breathe();
			this.#read(features.slice(at, at + TOGETHER), fresh);
		}
		this.#admit(fresh);
	}

	/** Updates the places there are and puts those nobody knew into `fresh`. */
	#read(features: readonly EntityFeature[], fresh: Arrivals): void {
		for (const feature of features) {
			const { id } = feature;
			const known = this.places.get(id) ?? fresh.get(id);
			if (known) {
				if (known.take(feature) && !fresh.has(id)) this.#keeper?.changed(known);
				continue;
			}
			const layer = this.#register.get(String(feature.properties['layer']));
			if (!layer) continue;
			const place = new Place(id, layer);
			place.take(feature);
			fresh.set(id, place);
		}
	}

	#admit(fresh: Arrivals): void {
		for (const [id, place] of fresh) {
			const known = this.places.get(id); // came another way meanwhile
			if (known) known.restore(place.saved());
			else this.places.set(id, place);
			this.#keeper?.changed(known ?? place);
		}
		this.#applyFrames();
		if (this.#view && 'place' in this.#view) this.#aim();
	}

	/** The page's view, at each change of it. */
	watch(view: View): void {
		this.#view = view;
		this.#aim();
	}

	/** A page about one place: hears its cell, from the moment its position is known. */
	watchPlace(id: string): void {
		this.#view = { place: id };
		this.#aim();
	}

	/** Asks the server what is new, now. Never rejects: what it learns is in the fields above. */
	async refresh(): Promise<void> {
		await this.#link?.doubt();
	}

	/**
	 * Begins to follow the city: memory of this phone, then the server, then its broker, each after the screen had its turn.
	 * Browser only. `stop` ends it.
	 */
	start(ports: LivePorts = {}): void {
		if (this.#stopped) return;
		const stopped = (this.#stopped = new AbortController());
		if (ports.api) this.#api = ports.api;
		const link = (this.#link = new Link({
			refresh: () => this.#pull(),
			address: () => this.#mqtt,
			open: async (url, events) => {
				const stream = await (ports.open ?? openStream)(url, events);
				this.opened++;
				return stream;
			},
			onmessage: (topic, payload) => this.#message(topic, payload),
			onconnection: (connection) => this.#say(connection)
		}));
		this.#aimNow();
		this.#attend(stopped.signal);
		this.clock.start();
		void this.#remember(ports.store ?? openStore)
			.then(() => idle())
			.then(() => {
				if (!stopped.signal.aborted) link.start();
			});
	}

	/** Ends what `start` began; resolves once nothing is written to the phone's memory any more. */
	async stop(): Promise<void> {
		this.#stopped?.abort();
		this.#stopped = undefined;
		this.#link?.stop();
		this.clock.stop();
		clearTimeout(this.#unknownTimer);
		clearTimeout(this.#aimTimer);
		await this.#keeper?.close();
	}

	#attend(signal: AbortSignal): void {
		const shown = () => {
			const { hidden } = document;
			this.#link?.hide(hidden);
			if (hidden) {
				this.clock.stop();
				this.#keeper?.touch();
				void this.#keeper?.flush();
			} else this.clock.start();
		};
		document.addEventListener('visibilitychange', shown, { signal });
		if (document.hidden) shown();
		window.addEventListener('pagehide', () => void this.#keeper?.flush(), { signal });
		window.addEventListener('online', () => this.#link?.renew(), { signal });
		window.addEventListener('offline', () => void this.#link?.doubt(), { signal });
	}

	/** What this phone kept. Nothing that happens here may keep the city away. */
	async #remember(open: () => Promise<Store | undefined>): Promise<void> {
		const keeper = new Keeper(open, {
			places: () => this.places.values(),
			meta: () => ({
				cursor: this.whole ? this.#cursor : undefined,
				heard: this.heard,
				offlineSince: this.offlineSince,
				orders: this.#orders,
				mqtt: this.#mqtt,
				sources: [...this.sources.values()]
			}),
			onsaved: () => {
				if (this.whole) this.#savedOnce();
			}
		});
		const kept = await keeper.load();
		this.#keeper = keeper;
		// What the first HTML brought is to be kept too.
		for (const place of this.places.values()) keeper.changed(place);
		if (!kept) return;
		for (const saved of kept.places) this.#placeFor(saved.id, saved.layer)?.restore(saved);
		const { meta } = kept;
		this.#cursor ??= meta.cursor;
		this.heard ??= meta.heard;
		this.#orders = meta.orders;
		this.#mqtt ||= meta.mqtt;
		for (const source of meta.sources) this.sources.set(source.id, source);
		this.#offlineBefore = meta.offlineSince ?? meta.heard;
		if (meta.cursor !== undefined) {
			this.whole = true;
			this.#savedOnce();
		}
	}

	#placeFor(id: string, layerId: string): Place | undefined {
		const known = this.places.get(id);
		if (known) return known;
		const layer = this.#register.get(layerId);
		if (!layer) return undefined;
		const place = new Place(id, layer);
		this.places.set(id, place);
		return place;
	}

	#remove(id: string): void {
		if (!this.places.delete(id)) return;
		this.#frames.forget(id);
		this.#keeper?.removed(id);
	}

	/** Everything new since the last time, the whole city at first; one request at a time, whoever asks. */
	#pull(): Promise<void> {
		this.#pulling ??= this.#ask().finally(() => (this.#pulling = undefined));
		return this.#pulling;
	}

	async #ask(): Promise<void> {
		const layers =
			Date.now() - this.#layersRead > LAYERS_MS || this.#mqtt === ''
				? this.#api.layers()
				: undefined;
		const [news, answer] = await Promise.all([this.#api.entities(this.#cursor), layers]);
		if (answer) {
			this.#layersRead = Date.now();
			this.#mqtt = answer.mqtt;
			this.#orders = answer.orders;
			const named = answer.sources.map(({ id }) => id);
			for (const id of missing(this.sources.keys(), named)) this.sources.delete(id);
			for (const source of answer.sources) this.sources.set(source.id, source);
		}
		if (news.whole) {
			const here = news.features.map(({ id }) => id);
			for (const id of missing(this.places.keys(), here)) this.#remove(id);
		}
		for (const id of news.removed) this.#remove(id);
		await this.#takeGently(news.features);
		this.#cursor = news.cursor;
		this.#keeper?.touch();
		const first = !this.whole;
		this.whole = true;
		// The first whole picture is what an hour without a network lives on: it does not wait its turn.
		if (first) void this.#keeper?.flush();
	}

	#message(topic: string, payload: string): void {
		const [kind, layerId = '', where = ''] = levels(topic) ?? [];
		if (kind === 'live') this.#frame(layerId, where, payload);
		else if (kind === 'district') this.districts.set(`${layerId}/${where}`, payload);
		else if (kind === 'alert') this.onalert?.(layerId, payload);
	}

	#frame(layerId: string, cell: string, payload: string): void {
		const layer = this.#register.get(layerId);
		if (!layer) return;
		const frame = readFrame(payload, this.#orders[layerId] ?? layer.live);
		if (!frame) return;
		if (frame.t > 0) this.#hear(frame.t);
		for (const id of this.#frames.take(`${layerId}/${cell}`, frame)) this.#remove(id);
		if (!this.#apply(frame)) this.#askUnknown();
	}

	/** Gives each place its entry; false where one is not known here. */
	#apply(frame: Frame): boolean {
		let known = true;
		for (const [id, entry] of frame.entries) {
			const place = this.places.get(id);
			if (!place) known = false;
			else if (place.takeEntry(entry)) this.#keeper?.changed(place);
		}
		return known;
	}

	/** Frames that came before the places they speak of. */
	#applyFrames(): void {
		for (const frame of this.#frames.all()) this.#apply(frame);
	}

	#askUnknown(): void {
		if (this.#unknownTimer !== undefined) return;
		const wait = Math.max(0, this.#unknownAsked + UNKNOWN_MS - Date.now());
		this.#unknownTimer = setTimeout(() => {
			this.#unknownTimer = undefined;
			this.#unknownAsked = Date.now();
			void this.#pull().catch(() => this.#link?.doubt());
		}, wait);
	}

	#aim(): void {
		if (!this.#link) return;
		clearTimeout(this.#aimTimer);
		this.#aimTimer = setTimeout(() => this.#aimNow(), SETTLE_MS);
	}

	#aimNow(): void {
		const layers = this.#register.all.map(({ id }) => id);
		const positions = this.#favourites
			.map((id) => this.places.get(id)?.location)
			.filter((position) => position !== undefined);
		const view = this.#view;
		if (view && 'place' in view) {
			const at = this.places.get(view.place)?.location;
			this.#want(filtersFor(at && pointBox(at), layers, positions));
		} else {
			const chosen = view && view.layers.length > 0 ? view.layers : layers;
			this.#want(filtersFor(view?.bbox, chosen, positions));
		}
	}

	/** What the whole city is warned of is heard wherever one looks. */
	#want({ filters, fits }: Filters): void {
		this.#link?.want({ filters: [topics.alert('+'), ...filters], fits });
	}

	#hear(server: number | undefined): void {
		if (server !== undefined) this.clock.correct(server);
		this.heard = this.clock.read();
	}

	#say(connection: Connection): void {
		this.connection = connection;
		document.documentElement.dataset['connection'] = connection;
		if (connection === 'offline') {
			// A phone opened without a network cannot know when it went: it goes by the last word it had.
			this.offlineSince ??= this.#offlineBefore ?? this.clock.read();
		} else this.offlineSince = undefined;
		this.#offlineBefore = undefined;
		this.#keeper?.touch();
		// What comes next may be the phone's own end: the next start is to say the same hour.
		if (connection === 'offline') void this.#keeper?.flush();
	}
}

const pointBox = ([lon, lat]: Position): Bbox => [lon, lat, lon, lat];

export const [getLive, setLive] = createContext<Live>();

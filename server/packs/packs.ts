import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../src/lib/errors.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { packLayer } from '../../src/lib/packs/layers/index.ts';
import type { PackAnswer, PackHead, PackItem } from '../../src/lib/packs/item.ts';
import type { Locale } from '../../src/lib/text.ts';
import { formatTime, parseTime } from '../../src/lib/time.ts';
import { LIMITS, Session, SourceError, type Limits } from '../connectors/session.ts';
import type { Log } from '../log.ts';
import { difference, itemsOf, versionOf } from './items.ts';
import { readPart, type Read } from './portal.ts';
import type { PackSetting, PackSettings } from './settings.ts';
import { shapes } from './shapes/index.ts';
import { Shelf, type KeptHead } from './shelf.ts';

const HOUR_MS = 3_600_000;
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 6 * HOUR_MS;
/** The loop looks at least so often what is due: the clock may jump while a laptop sleeps. */
const LOOK_MS = 60_000;

interface Deps {
	settings: PackSettings;
	city: string;
	portalUrl: string;
	dataDir: string;
	log: Log;
	clock: () => number;
	fetch?: typeof globalThis.fetch;
	limits?: Partial<Limits>;
	lookMs?: number;
}

interface Held {
	setting: PackSetting;
	layer: Layer;
	head: KeptHead | undefined;
	items: readonly PackItem[];
	bytes: number;
	/** Of the last reading: undefined before it. */
	ok: boolean | undefined;
	since: number | undefined;
	/** Why there is nothing, or why the copy is an old one. */
	trouble: string | undefined;
	due: number;
	failures: number;
}

/** The open-data packs of the city: read from the portal now and then, normalised, kept on disk, served from memory. */
export class Packs {
	#deps: Deps;
	#shelf: Shelf;
	#held = new Map<string, Held>();
	#byId = new Map<string, { layer: Layer; item: PackItem }>();

	/** Begins with the copies on disk. */
	constructor(deps: Deps) {
		this.#deps = deps;
		this.#shelf = new Shelf(deps.dataDir);
		for (const setting of deps.settings.packs) {
			const layer = packLayer(setting.layer);
			if (!layer || !shapes[setting.layer]) {
				deps.log.warn({ layer: setting.layer }, 'packs.json names a layer nobody knows');
				continue;
			}
			const kept = this.#shelf.read(layer.id);
			const read = parseTime(kept?.head.checked ?? '');
			const held: Held = {
				setting,
				layer,
				head: undefined,
				items: [],
				bytes: 0,
				ok: kept ? true : undefined,
				since: read,
				trouble: undefined,
				due: read === undefined ? 0 : read + setting.everyHours * HOUR_MS,
				failures: 0
			};
			this.#held.set(layer.id, held);
			if (kept) this.#hold(held, kept.head, kept.items);
		}
	}

	/** One line for each pack there is. */
	heads(locale: Locale = 'fr'): PackHead[] {
		return [...this.#held.values()].flatMap((held) => {
			const head = headOf(held, locale);
			return head ? [head] : [];
		});
	}

	/** The layers that have no data, and why. */
	absent(locale: Locale = 'fr') {
		return [...this.#held.values()]
			.filter(({ head }) => !head)
			.map(({ layer, trouble }) => ({
				name: layer.id,
				title: layer.title[locale],
				reason: trouble ?? 'not read yet'
			}));
	}

	/** Layer, items and state of each pack, for the list of layers. */
	states() {
		return [...this.#held.values()].map(({ layer, head, items, ok, since }) => ({
			layer,
			head,
			count: items.length,
			ok,
			since
		}));
	}

	items(name: string): readonly PackItem[] {
		return this.#held.get(name)?.items ?? [];
	}

	find(id: string): { layer: Layer; item: PackItem; head: PackHead } | undefined {
		const found = this.#byId.get(id);
		const held = found && this.#held.get(found.layer.id);
		const head = held && headOf(held, 'fr');
		return found && head && { ...found, head };
	}

	/** The whole pack, or what changed since a version that is still kept. Throws `pack_unknown`. */
	answer(name: string, since?: string, locale: Locale = 'fr'): PackAnswer {
		const held = this.#held.get(name);
		const head = held && headOf(held, locale);
		if (!held || !head) throw new AppError('pack_unknown');
		const before = since === undefined ? undefined : this.#before(held, since);
		if (since === undefined || !before) return { ...head, items: [...held.items] };
		return { ...head, since, ...difference(before, held.items) };
	}

	#before({ layer, head, items }: Held, since: string): readonly PackItem[] | undefined {
		return since === head?.version ? items : this.#shelf.version(layer.id, since);
	}

	/** Reads each pack when it is due, one after another, until `signal` aborts. */
	async run(signal: AbortSignal): Promise<void> {
		const { fetch = globalThis.fetch, clock } = this.#deps;
		const limits = { ...LIMITS, timeoutMs: 60_000, ...this.#deps.limits };
		// One session for as long as we run: it remembers ETags, so that what did not change is not sent again.
		const session = new Session({ fetch, clock, signal, limits, shared: new Map() });
		while (!signal.aborted) {
			for (const held of this.#held.values())
				if (held.due <= clock() && !signal.aborted) await this.#refresh(held, session, signal);
			const next = Math.min(...[...this.#held.values()].map(({ due }) => due));
			const wait = Math.min(Math.max(next - clock(), 1_000), this.#deps.lookMs ?? LOOK_MS);
			await pause(wait, undefined, { signal, ref: false }).catch(() => undefined);
		}
	}

	async #refresh(held: Held, session: Session, signal: AbortSignal): Promise<void> {
		const { clock, log } = this.#deps;
		const { layer, setting } = held;
		try {
			const trouble = await this.#read(held, session);
			this.#say(held, trouble === undefined, trouble);
			held.failures = 0;
			held.due = clock() + setting.everyHours * HOUR_MS;
		} catch (error) {
			if (signal.aborted) return;
			session.forget();
			const detail = error instanceof AppError ? `${error.code}: ${error.detail}` : String(error);
			this.#say(held, false, detail);
			const asked = error instanceof SourceError ? error.retryAfterMs : 0;
			const backoff = Math.min(FIRST_RETRY_MS * 2 ** held.failures++, MAX_RETRY_MS);
			held.due = clock() + Math.max(asked, backoff);
			// The copy goes on serving with its age: nothing a reader of the log must act on, unless it is a bug.
			if (error instanceof AppError) log.debug({ pack: layer.id, detail }, 'pack not refreshed');
			else log.error({ pack: layer.id, err: error }, 'pack not refreshed');
		}
	}

	/** Reads all parts of a pack and keeps them. Answers why there is nothing, where the portal has none of its datasets. */
	async #read(held: Held, session: Session): Promise<string | undefined> {
		const { settings, portalUrl, city, clock, log } = this.#deps;
		const { layer, setting } = held;
		const parts: (Read & { set: Record<string, string> })[] = [];
		for (const part of setting.parts) {
			const read = await readPart(session, portalUrl, part, settings.attribution);
			if (read) parts.push({ ...read, set: part.set });
			else if (part.datasets.some((id) => held.head?.datasets.includes(id)))
				// It was there: its places do not vanish because the portal says 404 for a day.
				throw new AppError('source_status', `404: ${part.datasets.join(', ')} is gone`);
		}
		const wanted = setting.parts.flatMap(({ datasets }) => datasets);
		if (parts.length === 0)
			return wanted.length === 0
				? 'no dataset is known for this layer'
				: `the portal has none of ${wanted.join(', ')}`;
		const shape = shapes[layer.id];
		if (!shape) return undefined;
		const { items, refused } = itemsOf({ layer, shape, city, bbox: settings.bbox, parts });
		if (items.length === 0)
			throw new AppError('source_unreadable', 'no record of the answer is a place of this layer');
		const now = formatTime(clock());
		const version = versionOf(items);
		const said = parts.map(({ updated }) => updated ?? '').sort();
		const unchanged = held.head?.version === version ? held.head.updated : undefined;
		const head: KeptHead = {
			version,
			updated: said[0] ? (said.at(-1) ?? now) : (unchanged ?? now),
			checked: now,
			licence: unique(parts.map(({ licence }) => licence)),
			attribution: unique(parts.map(({ attribution }) => attribution)),
			source: parts[0]?.page ?? portalUrl,
			datasets: parts.map(({ id }) => id)
		};
		const isNew = held.head?.version !== version;
		await this.#shelf.write(layer.id, head, isNew ? items : undefined);
		this.#hold(held, head, items);
		if (isNew)
			log.info({ pack: layer.id, version, count: items.length, refused }, 'pack refreshed');
		return undefined;
	}

	#say(held: Held, ok: boolean, trouble: string | undefined): void {
		held.trouble = trouble;
		if (held.ok === ok) return;
		held.ok = ok;
		held.since = this.#deps.clock();
	}

	#hold(held: Held, head: KeptHead, items: readonly PackItem[]): void {
		for (const { id } of held.items) this.#byId.delete(id);
		held.head = head;
		held.items = items;
		held.bytes = Buffer.byteLength(JSON.stringify(items));
		for (const item of items) this.#byId.set(item.id, { layer: held.layer, item });
	}
}

const unique = (words: readonly string[]) =>
	[...new Set(words.filter((word) => word !== ''))].join(', ');

function headOf({ head, layer, items, bytes }: Held, locale: Locale): PackHead | undefined {
	if (!head) return undefined;
	const { version, updated, checked, licence, attribution, source } = head;
	return {
		name: layer.id,
		title: layer.title[locale],
		version,
		bytes,
		count: items.length,
		updated,
		checked,
		licence,
		attribution,
		source
	};
}

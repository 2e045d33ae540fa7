import type { Layer, Level, Value } from '../layers/define-layer.ts';
import type { EntityFeature } from '../layers/entity.ts';
import { shownAttribute } from '../layers/entity.ts';
import type { Position } from '../geo.ts';
import { parseTime } from '../time.ts';
import type { Entry } from './frame.ts';

/** A place as it is kept on the phone. Times are ms since 1970. */
export interface SavedPlace {
	id: string;
	layer: string;
	name: string | undefined;
	location: Position | undefined;
	address: string | undefined;
	source: string | undefined;
	simulated: boolean;
	quality: 'ok' | 'clock';
	received: number;
	observed: number;
	values: Readonly<Record<string, Value>>;
	times: Readonly<Record<string, number>>;
}

type About = Pick<SavedPlace, 'name' | 'location' | 'address' | 'source' | 'simulated' | 'quality'>;
type Said = Pick<SavedPlace, 'values' | 'times' | 'observed'>;

const NOTHING_KNOWN: About = {
	name: undefined,
	location: undefined,
	address: undefined,
	source: undefined,
	simulated: false,
	quality: 'ok'
};
const NOTHING_SAID: Said = { values: {}, times: {}, observed: 0 };

/** One entity as a screen follows it: each field changes in place, so a card never has to be made again. */
export class Place {
	readonly id: string;
	readonly layer: Layer;
	// Two signals a place, not one a field: a phone makes hundreds of places at once.
	#about = $state.raw<About>(NOTHING_KNOWN);
	#said = $state.raw<Said>(NOTHING_SAID);
	/** When the server received what name, position and source come from, ms. */
	#received = 0;
	/** The server's newest word on it, ms. */
	#asOf = 0;

	#judged: { values: Said['values']; shown: string; level: Level | undefined } | undefined;

	constructor(id: string, layer: Layer) {
		this.id = id;
		this.layer = layer;
	}

	get name(): string | undefined {
		return this.#about.name;
	}

	get location(): Position | undefined {
		return this.#about.location;
	}

	get address(): string | undefined {
		return this.#about.address;
	}

	get source(): string | undefined {
		return this.#about.source;
	}

	get simulated(): boolean {
		return this.#about.simulated;
	}

	get quality(): 'ok' | 'clock' {
		return this.#about.quality;
	}

	get values(): Readonly<Record<string, Value>> {
		return this.#said.values;
	}

	/** Time of each attribute, ms since 1970. */
	get times(): Readonly<Record<string, number>> {
		return this.#said.times;
	}

	/** When anything of it was last observed, ms. */
	get observed(): number {
		return this.#said.observed;
	}

	/** The attribute the figure shows. */
	get shown(): string {
		return this.#judge().shown;
	}

	get level(): Level | undefined {
		return this.#judge().level;
	}

	/** What follows from the values, once for each set of them. */
	#judge() {
		const { values } = this.#said;
		if (this.#judged?.values !== values) {
			const { layer } = this;
			this.#judged = { values, shown: shownAttribute(layer, values), level: layer.level?.(values) };
		}
		return this.#judged;
	}

	/** Takes what the API says; older news does not undo newer, whatever the order it comes in. True where it changed. */
	take({ geometry, properties: p }: EntityFeature): boolean {
		const textOf = (key: string) => (typeof p[key] === 'string' ? p[key] : undefined);
		const observed = parseTime(textOf('dateObserved') ?? '') ?? 0;
		const observedAt = (p['observedAt'] ?? {}) as Record<string, string>;
		const values: Record<string, Value> = {};
		const times: Record<string, number> = {};
		for (const name of this.layer.live) {
			const value = p[name] as Value | undefined;
			if (value === undefined) continue;
			values[name] = value;
			const time = parseTime(observedAt[name] ?? '');
			if (time !== undefined) times[name] = time;
		}
		return this.restore({
			name: textOf('name'),
			address: textOf('address'),
			source: textOf('source'),
			location: geometry?.coordinates,
			simulated: p['simulated'] === true,
			quality: p['quality'] === 'clock' ? 'clock' : 'ok',
			received: parseTime(textOf('receivedAt') ?? '') ?? observed,
			observed,
			values,
			times
		});
	}

	/** Takes what was kept on the phone, by the same rules. */
	restore(saved: Omit<SavedPlace, 'id' | 'layer'>): boolean {
		if (saved.received >= this.#received) {
			this.#received = saved.received;
			const { name, address, source, location, simulated, quality } = saved;
			const about: About = { name, address, source, location, simulated, quality };
			if (!sameAbout(about, this.#about)) this.#about = about;
		}
		return this.merge(saved.values, saved.times, saved.observed, saved.received);
	}

	/** Takes its entry of a frame. True where it changed. */
	takeEntry({ values, older, observed, asOf }: Entry): boolean {
		return this.merge(values, older, observed, asOf);
	}

	/** What is kept on the phone. */
	saved(): SavedPlace {
		return {
			id: this.id,
			layer: this.layer.id,
			name: this.name,
			location: this.location,
			address: this.address,
			source: this.source,
			simulated: this.simulated,
			quality: this.quality,
			received: this.#received,
			observed: this.observed,
			values: this.values,
			times: this.times
		};
	}

	/**
	 * Keeps, attribute by attribute, the newest value. An attribute without a time of its own in `times` was observed at
	 * `observed`; the server said all this at `asOf`. Frames count in whole seconds: within one, the server's newest word
	 * stands.
	 */
	merge(
		values: Readonly<Record<string, Value>>,
		times: Readonly<Record<string, number>>,
		observed: number,
		asOf: number
	): boolean {
		const said = this.#said;
		const nextValues = { ...said.values };
		const nextTimes = { ...said.times };
		let changed = false;
		for (const [name, value] of Object.entries(values)) {
			const known = nextTimes[name];
			const time = times[name] ?? observed;
			if (known !== undefined && wholeSecond(known) > time) continue;
			// Unknown without a time of its own has become so or always was: only the server's newest word decides, and it
			// sets no time, or a late first reading, older than the rest, would be refused.
			const unknown = value === null && times[name] === undefined;
			const tie = known !== undefined && wholeSecond(known) === wholeSecond(time);
			if ((unknown || tie) && wholeSecond(asOf) < wholeSecond(this.#asOf)) continue;
			const at = unknown ? known : Math.max(time, known ?? time);
			if (name in nextValues && at === known && same(nextValues[name], value)) continue;
			nextValues[name] = value;
			if (at !== undefined) nextTimes[name] = at;
			changed = true;
		}
		this.#asOf = Math.max(this.#asOf, asOf);
		if (!changed && observed <= said.observed) return false;
		this.#said = {
			values: changed ? nextValues : said.values,
			times: changed ? nextTimes : said.times,
			observed: Math.max(observed, said.observed)
		};
		return true;
	}
}

const wholeSecond = (ms: number) => Math.floor(ms / 1000) * 1000;

function same(a: Value | undefined, b: Value): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && a.join('\0') === b.join('\0'));
}

function sameAbout(a: About, b: About): boolean {
	return (
		a.name === b.name &&
		a.address === b.address &&
		a.source === b.source &&
		a.simulated === b.simulated &&
		a.quality === b.quality &&
		a.location?.[0] === b.location?.[0] &&
		a.location?.[1] === b.location?.[1]
	);
}

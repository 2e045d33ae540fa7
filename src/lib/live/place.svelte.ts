import type { Layer, Value } from '../layers/define-layer.ts';
import type { EntityFeature } from '../layers/entity.ts';
import { shownAttribute } from '../layers/entity.ts';
import type { Position } from '../geo.ts';
import { parseTime } from '../time.ts';

/** One entity as a screen follows it: each field changes in place, so a card never has to be made again. */
export class Place {
	readonly id: string;
	readonly layer: Layer;
	name = $state<string | undefined>();
	location = $state.raw<Position | undefined>();
	address = $state<string | undefined>();
	source = $state<string | undefined>();
	simulated = $state(false);
	quality = $state<'ok' | 'clock'>('ok');
	values = $state.raw<Readonly<Record<string, Value>>>({});
	/** Time of each attribute, ms since 1970. */
	times = $state.raw<Readonly<Record<string, number>>>({});
	/** The newest of `times`. */
	observed = $state(0);

	/** The attribute the figure shows. */
	shown = $derived.by(() => shownAttribute(this.layer, this.values));
	level = $derived.by(() => this.layer.level?.(this.values));

	constructor(id: string, layer: Layer) {
		this.id = id;
		this.layer = layer;
	}

	/** Takes what the API says; older attribute times do not undo newer ones. */
	take({ geometry, properties: p }: EntityFeature): void {
		const textOf = (key: string) => (typeof p[key] === 'string' ? p[key] : undefined);
		this.name = textOf('name');
		this.address = textOf('address');
		this.source = textOf('source');
		this.location = geometry?.coordinates;
		this.simulated = p['simulated'] === true;
		this.quality = p['quality'] === 'clock' ? 'clock' : 'ok';
		const observed = parseTime(textOf('dateObserved') ?? '') ?? 0;
		const observedAt = (p['observedAt'] ?? {}) as Record<string, string>;
		const values: Record<string, Value> = {};
		const times: Record<string, number> = {};
		for (const name of this.layer.live) {
			const value = p[name] as Value | undefined;
			if (value === undefined) continue;
			values[name] = value;
			times[name] = parseTime(observedAt[name] ?? '') ?? observed;
		}
		this.merge(values, times);
	}

	/** Keeps, attribute by attribute, the newest value. */
	merge(values: Readonly<Record<string, Value>>, times: Readonly<Record<string, number>>): void {
		const nextValues = { ...this.values };
		const nextTimes = { ...this.times };
		let changed = false;
		for (const [name, value] of Object.entries(values)) {
			const time = times[name] ?? 0;
			const known = nextTimes[name];
			if (known !== undefined && known > time) continue;
			if (known === time && nextValues[name] === value) continue;
			nextValues[name] = value;
			nextTimes[name] = time;
			changed = true;
		}
		if (!changed) return;
		this.values = nextValues;
		this.times = nextTimes;
		this.observed = Math.max(...Object.values(nextTimes));
	}
}

import type { EntityFeature } from '../layers/entity.ts';
import { layers } from '../layers/index.ts';
import { Place } from '../live/place.svelte.ts';
import { formatTime } from '../time.ts';
import { featuresOf } from '../ui/features.ts';

/** Slower than this is as good as no answer. */
const PATIENCE_MS = 15_000;
/** 50,000 places: ten times a metropole. */
const MAX_PAGES = 10;

/** The city as it was at a moment: it does not move any more. */
export class PastCity {
	/** Ms since 1970. */
	readonly at: number;
	places = $state.raw<readonly Place[]>([]);
	state = $state<'loading' | 'ready' | 'offline' | 'failed'>('loading');

	/** `first`: what the first HTML holds of it, or why it holds nothing. */
	constructor(at: number, first: readonly EntityFeature[] | 'failed' | undefined) {
		this.at = at;
		if (first === 'failed') this.state = 'failed';
		else if (first) {
			this.places = placesOf(first);
			this.state = 'ready';
		}
	}

	/** Asks for the whole city, so that the map may move; what is shown meanwhile stays. Never rejects. */
	async load(signal: AbortSignal): Promise<void> {
		const features: EntityFeature[] = [];
		let path: string | undefined = `/api/v1/entities?at=${formatTime(this.at)}&limit=5000`;
		try {
			for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
				const answer: Response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
				if (signal.aborted) return;
				if (!answer.ok) {
					if (this.places.length === 0) this.state = 'failed';
					return;
				}
				const json = (await answer.json()) as { next?: unknown };
				features.push(...featuresOf(json));
				path = typeof json.next === 'string' ? json.next : undefined;
			}
		} catch {
			if (!signal.aborted && this.places.length === 0) this.state = 'offline';
			return;
		}
		if (signal.aborted) return;
		this.places = placesOf(features);
		this.state = 'ready';
	}
}

function placesOf(features: readonly EntityFeature[]): Place[] {
	return features.flatMap((feature) => {
		const layer = layers.find(({ id }) => id === feature.properties['layer']);
		if (!layer) return [];
		const place = new Place(feature.id, layer);
		place.take(feature);
		return [place];
	});
}

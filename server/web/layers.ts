import { formatTime } from '../../src/lib/time.ts';
import type { Locale } from '../../src/lib/text.ts';
import type { Layer } from '../../src/lib/layers/define-layer.ts';
import { packSource } from '../../src/lib/packs/item.ts';
import type { Services } from '../city/services.ts';

type Known = Pick<Services, 'city' | 'register' | 'sources' | 'config' | 'packs'>;

/** Where phones connect: the address given, or `/mqtt` of the origin they came by. */
export function mqttUrl(config: Known['config'], origin: string): string {
	if (config.mqtt.publicUrl !== undefined) return config.mqtt.publicUrl;
	return `${(config.origin ?? origin).replace(/^http/, 'ws')}/mqtt`;
}

/** The answer of `GET /api/v1/layers`: what the city can tell, in which units, how much of it and from whom. */
export function layersAnswer(services: Known, origin: string, locale: Locale) {
	const counted = new Map<string, { count: number; newest: number }>();
	for (const { layer, observed } of services.city.list()) {
		const sum = counted.get(layer) ?? { count: 0, newest: 0 };
		counted.set(layer, { count: sum.count + 1, newest: Math.max(sum.newest, observed) });
	}
	const sources = services.sources();
	const live = services.register.all.map((layer) => {
		const known = counted.get(layer.id);
		return {
			...said(layer, locale),
			count: known?.count ?? 0,
			newest: known ? formatTime(known.newest) : null,
			sources: sources
				.filter((source) => source.layer === layer.id)
				.map(({ id, licence, attribution, ok, since }) => ({
					id,
					licence,
					attribution,
					ok: ok ?? null,
					since: since ?? null
				}))
		};
	});
	// A layer whose data was never read is not offered; `/api/v1/packs` says why.
	const fixed = services.packs.states().flatMap(({ layer, head, count, ok, since }) =>
		head
			? [
					{
						...said(layer, locale),
						count,
						newest: head.updated,
						sources: [
							{
								id: packSource(layer.id),
								licence: head.licence,
								attribution: head.attribution,
								ok: ok ?? null,
								since: since === undefined ? null : formatTime(since)
							}
						]
					}
				]
			: []
	);
	return { mqtt: mqttUrl(services.config, origin), layers: [...live, ...fixed] };
}

function said(layer: Layer, locale: Locale) {
	return {
		id: layer.id,
		title: layer.title[locale],
		kind: layer.kind,
		type: layer.type,
		main: layer.main,
		// Nothing of a static layer comes in frames.
		live: layer.kind === 'live' ? layer.live : [],
		attributes: Object.entries(layer.attributes).map(([name, attribute]) => ({
			name,
			unit: attribute.unit,
			unitCode: attribute.unitCode,
			label: attribute.label[locale]
		})),
		freshSeconds: layer.freshSeconds
	};
}

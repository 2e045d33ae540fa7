import type { MultiPolygon, Point } from 'geojson';
import * as v from 'valibot';
import type { Position } from '../geo.ts';
import type { Layer, Level } from '../layers/define-layer.ts';
import {
	districtSchema,
	latestFigure,
	readFigures,
	type DistrictFigures,
	type Figure
} from './figures.ts';

/** A district as `GET /api/v1/districts` tells it. */
export interface DistrictPlace {
	id: string;
	name: string;
	center: Position;
	/** Its border is guessed: places are counted with the nearest centre. */
	approximate: boolean;
	/** Absent where only the figures were asked for. */
	geometry?: MultiPolygon | Point | undefined;
	layers: Readonly<Record<string, DistrictFigures>>;
}

const propertiesSchema = v.object({
	id: v.string(),
	name: v.string(),
	center: v.tuple([v.number(), v.number()]),
	approximate: v.boolean(),
	// One layer a newer server tells otherwise must not take the others away.
	layers: v.record(v.string(), v.fallback(v.nullable(districtSchema), null))
});

const featureSchema = v.object({
	properties: propertiesSchema,
	geometry: v.optional(v.looseObject({ type: v.picklist(['MultiPolygon', 'Point']) }))
});

/** Reads one district of the answer; undefined where it is not one. */
export function readDistrict(feature: unknown): DistrictPlace | undefined {
	const parsed = v.safeParse(featureSchema, feature);
	if (!parsed.success) return undefined;
	const { properties, geometry } = parsed.output;
	const known = Object.entries(properties.layers).filter(
		(entry): entry is [string, DistrictFigures] => entry[1] !== null
	);
	return {
		...properties,
		layers: Object.fromEntries(known),
		geometry: geometry as MultiPolygon | Point | undefined
	};
}

/** Reads the answer of `GET /api/v1/districts`, also one kept on the phone. */
export function readDistricts(json: unknown): DistrictPlace[] {
	const parsed = v.safeParse(v.object({ features: v.array(v.unknown()) }), json);
	if (!parsed.success) return [];
	return parsed.output.features.map(readDistrict).filter((district) => district !== undefined);
}

/** Slower than this is as good as no network. */
const PATIENCE_MS = 15_000;

/** Borders and figures, from the server or, without a network, from the phone; undefined where neither has them. */
export async function askDistricts(): Promise<DistrictPlace[] | undefined> {
	try {
		const answer = await fetch('/api/v1/districts', { signal: AbortSignal.timeout(PATIENCE_MS) });
		return answer.ok ? readDistricts(await answer.json()) : undefined;
	} catch {
		return undefined;
	}
}

/** The newer of what HTTP said and what MQTT brought (its payload, `''` once cleared); undefined where there is none. */
export function figuresNow(
	district: DistrictPlace,
	layer: string,
	heard: string | undefined
): DistrictFigures | undefined {
	if (heard === '') return undefined;
	const asked = district.layers[layer];
	const pushed = heard === undefined ? undefined : readFigures(heard);
	return pushed && (!asked || pushed.t >= asked.t) ? pushed : asked;
}

/** What is shown of one layer in one district. */
export interface Shown {
	attribute: string;
	figure: Figure;
	window: 'PT15M' | 'PT1H';
	sensors: number;
	/** When its window ended (ms). */
	at: number;
	/** Its window is over by more than its own length: no longer what is now. */
	old: boolean;
	level: Level | undefined;
	simulated: boolean;
}

const LENGTH = { PT15M: 15 * 60_000, PT1H: 60 * 60_000 } as const;
/** Figures are told at most once a minute. */
const LATE_MS = 2 * 60_000;

/** The mean of the layer's main number (its first known one where the main is missing), judged as a place's value is. */
export function shownOf(
	layer: Layer,
	figures: DistrictFigures | undefined,
	now: number
): Shown | undefined {
	if (!figures) return undefined;
	for (const attribute of layer.live) {
		const found = latestFigure(figures, attribute);
		if (!found) continue;
		const at = figures.t * 1000;
		const old = now - at > LENGTH[found.window] + LATE_MS;
		const means = Object.entries(figures.windows[found.window].values).map(
			([name, { mean }]) => [name, mean] as const
		);
		return {
			attribute,
			...found,
			at,
			old,
			level: old ? undefined : layer.level?.(Object.fromEntries(means)),
			simulated: figures.simulated === true
		};
	}
	return undefined;
}

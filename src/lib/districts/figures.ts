import * as v from 'valibot';

/** The two windows of a district's figures, ISO 8601 durations, and how long they are (ms). */
export const WINDOWS = { PT15M: 15 * 60_000, PT1H: 60 * 60_000 } as const;
export type WindowName = keyof typeof WINDOWS;

/** One number over a window: `n` readings, in the attribute's own unit. */
export interface Figure {
	n: number;
	mean: number;
	median: number;
	min: number;
	max: number;
	p10: number;
	p90: number;
}

export interface WindowFigures {
	/** Sensors that spoke within the window. */
	n: number;
	/** Their share (0..1) of the sensors known in the district. */
	coverage: number;
	values: Readonly<Record<string, Figure>>;
}

/** Payload of `district/{layer}/{districtId}`: both windows end at `t` (epoch, s), which they hold, and begin just after `t` − length. */
export interface DistrictFigures {
	t: number;
	windows: Readonly<Record<WindowName, WindowFigures>>;
	/** Present where a simulated sensor is among them. */
	simulated?: true | undefined;
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const figure = v.object({
	n: count,
	mean: v.number(),
	median: v.number(),
	min: v.number(),
	max: v.number(),
	p10: v.number(),
	p90: v.number()
});
const windowSchema = v.object({
	n: count,
	coverage: share,
	values: v.record(v.string(), figure)
});

export const districtSchema = v.object({
	t: v.number(),
	windows: v.object({ PT15M: windowSchema, PT1H: windowSchema }),
	simulated: v.optional(v.literal(true))
});

/** Reads a payload; undefined where it is not one: a newer server's must not break an older app. */
export function readFigures(payload: string): DistrictFigures | undefined {
	let json: unknown;
	try {
		json = JSON.parse(payload);
	} catch {
		return undefined;
	}
	const parsed = v.safeParse(districtSchema, json);
	return parsed.success ? parsed.output : undefined;
}

/** The shorter window that has the attribute: the quarter of an hour where somebody spoke in it, else the hour. */
export function latestFigure(
	figures: DistrictFigures | undefined,
	attribute: string
): { window: WindowName; sensors: number; figure: Figure } | undefined {
	for (const window of ['PT15M', 'PT1H'] as const) {
		const { n = 0, values } = figures?.windows[window] ?? {};
		const figure = values?.[attribute];
		if (figure) return { window, sensors: n, figure };
	}
	return undefined;
}

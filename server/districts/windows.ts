import {
	WINDOWS,
	type DistrictFigures,
	type Figure,
	type WindowFigures,
	type WindowName
} from '../../src/lib/districts/figures.ts';

/** One number of one sensor. */
export interface Point {
	attribute: string;
	/** When it was observed, ms. */
	t: number;
	v: number;
}

/** Readings older than the longest window by this much are forgotten: nothing they could still correct is published. */
const MARGIN_MS = 60_000;
const LONGEST_MS = WINDOWS.PT1H;

/** What one sensor said within the last hour: per attribute its values by time, so that a repeat is one, a correction the last. */
export class SensorReadings {
	#byAttribute = new Map<string, Map<number, number>>();

	/** True where it was news. */
	add({ attribute, t, v }: Point): boolean {
		let values = this.#byAttribute.get(attribute);
		if (!values) this.#byAttribute.set(attribute, (values = new Map<number, number>()));
		if (values.get(t) === v) return false;
		values.set(t, v);
		return true;
	}

	/** Forgets what no window that ends at `now` or later holds; true where nothing is left. */
	forget(now: number): boolean {
		const edge = now - LONGEST_MS - MARGIN_MS;
		for (const [attribute, values] of this.#byAttribute) {
			for (const t of values.keys()) if (t <= edge) values.delete(t);
			if (values.size === 0) this.#byAttribute.delete(attribute);
		}
		return this.#byAttribute.size === 0;
	}

	*points(): Generator<Point> {
		for (const [attribute, values] of this.#byAttribute)
			for (const [t, v] of values) yield { attribute, t, v };
	}
}

/**
 * The figures of a district at `now`: over its sensors' readings with `now − length < t ≤ now`, each (sensor, attribute,
 * time) once. They depend on the set of readings only, not on when or in which order these came.
 */
export function figuresOf(
	sensors: Iterable<Pick<SensorReadings, 'points'>>,
	known: number,
	now: number
): DistrictFigures {
	const windows = Object.fromEntries(
		(Object.keys(WINDOWS) as WindowName[]).map((name) => [
			name,
			{ from: now - WINDOWS[name], n: 0, values: new Map<string, number[]>() }
		])
	);
	for (const sensor of sensors) {
		const spoke = new Set<string>();
		for (const { attribute, t, v } of sensor.points()) {
			if (t > now) continue;
			for (const [name, window] of Object.entries(windows)) {
				if (t <= window.from) continue;
				spoke.add(name);
				const values = window.values.get(attribute);
				if (values) values.push(v);
				else window.values.set(attribute, [v]);
			}
		}
		for (const name of spoke) (windows[name] ?? { n: 0 }).n++;
	}
	const told = Object.entries(windows).map(([name, { n, values }]): [string, WindowFigures] => [
		name,
		{
			n,
			coverage: known === 0 ? 0 : Math.min(1, n / known),
			values: Object.fromEntries([...values].map(([attribute, all]) => [attribute, figure(all)]))
		}
	]);
	return {
		t: Math.floor(now / 1000),
		windows: Object.fromEntries(told) as DistrictFigures['windows']
	};
}

/** Summed from the smallest up, so that the order of arrival does not show in the last digits. */
function figure(values: readonly number[]): Figure {
	const sorted = Float64Array.from(values).sort();
	const n = sorted.length;
	let sum = 0;
	for (const value of sorted) sum += value;
	return {
		n,
		mean: sum / n,
		median: quantile(sorted, 0.5),
		min: sorted[0] ?? NaN,
		max: sorted[n - 1] ?? NaN,
		p10: quantile(sorted, 0.1),
		p90: quantile(sorted, 0.9)
	};
}

/** Linear interpolation between the closest ranks (Hyndman and Fan 1996, type 7: the default of R and NumPy). */
function quantile(sorted: Float64Array, share: number): number {
	const at = (sorted.length - 1) * share;
	const below = sorted[Math.floor(at)] ?? NaN;
	const above = sorted[Math.ceil(at)] ?? NaN;
	return below + (above - below) * (at - Math.floor(at));
}

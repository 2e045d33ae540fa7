import type { Value } from '../src/lib/layers/define-layer.ts';
import { SIMULATED_SOURCE } from '../src/lib/layers/entity.ts';
import { formatTime } from '../src/lib/time.ts';
import { topics } from '../src/lib/topics.ts';
import { airModel } from './models/air.ts';
import { bikeModel } from './models/bike.ts';
import type { Device, Model } from './models/model.ts';
import { noiseModel } from './models/noise.ts';
import { parkingModel } from './models/parking.ts';
import { createSky, weatherModel } from './models/weather.ts';
import type { Pack } from './pack.ts';
import { hash } from './random.ts';

/** One message of one device. */
export interface Report {
	/** When it is sent, ms. */
	at: number;
	layer: string;
	id: string;
	topic: string;
	payload: string;
}

/** The numbers and words of one report. */
export interface Said {
	id: string;
	layer: string;
	/** The time the values are for, ms. */
	observed: number;
	values: Record<string, Value>;
}

export interface CityOptions {
	seed: number;
	pack: Pack;
	/** Only these layers; undefined: every one there is a model for. */
	layers?: readonly string[] | undefined;
	/** How many devices in all; undefined: as many as a city like this has. */
	devices?: number | undefined;
	/** So many reports a (simulated) second in all, evenly spread, instead of each layer's own pace: for load. */
	perSecond?: number | undefined;
}

interface Line {
	model: Model;
	index: number;
	device: Device;
	every: number;
	phase: number;
}

/** The layers there is a model for. */
export const MODELLED: readonly string[] = ['bike', 'parking', 'air', 'weather', 'noise'];

/**
 * A simulated city. Each report is a function of the seed and its own time alone: two processes started at different
 * moments with the same seed send the same bytes for the same simulated minute.
 */
export class SimulatedCity {
	readonly devices: readonly (Device & { layer: string })[];
	#lines: Line[];

	constructor({ seed, pack, layers, devices, perSecond }: CityOptions) {
		const models = createModels(seed, pack, layers ?? MODELLED, devices);
		const count = models.reduce((sum, model) => sum + model.devices.length, 0);
		// A device cannot say two things in one millisecond: `dateObserved` is no finer.
		const everyMs =
			perSecond === undefined ? undefined : Math.max(1, Math.round((1000 * count) / perSecond));
		this.#lines = models.flatMap((model) =>
			model.devices.map((device, index) => ({
				model,
				index,
				device,
				every: everyMs ?? model.everyMs,
				// Whole seconds: devices with a clock speak on the second.
				phase: (hash(seed, device.id) % (model.spreadMs / 1000)) * 1000
			}))
		);
		if (everyMs !== undefined)
			this.#lines.forEach((line, i) => (line.phase = Math.floor((i * everyMs) / count)));
		this.devices = this.#lines.map(({ model, device }) => ({ ...device, layer: model.layer }));
	}

	/** The last report of each device of `layer` (all without it) at `now`, oldest first. */
	initial(now: number, layer?: string): Report[] {
		const due = this.#of(layer).map((line) => {
			const turn = Math.floor((now - line.phase) / line.every);
			return { line, turn, at: turn * line.every + line.phase };
		});
		return due.sort((a, b) => a.at - b.at).map(({ line, turn }) => report(line, turn));
	}

	/** Every report after `from` up to `to`, in order of time. */
	reports(from: number, to: number, layer?: string): Report[] {
		return this.#due(from, to, layer).map(({ line, turn }) => report(line, turn));
	}

	/** What those reports say, without the words: for a past of millions of them. */
	said(from: number, to: number): Said[] {
		return this.#due(from, to).map(({ line, at }) => {
			const observed = observedAt(line, at);
			return {
				id: line.device.id,
				layer: line.model.layer,
				observed,
				values: line.model.values(line.index, observed)
			};
		});
	}

	#due(from: number, to: number, layer?: string): { line: Line; turn: number; at: number }[] {
		const due: { line: Line; turn: number; at: number }[] = [];
		for (const line of this.#of(layer)) {
			let turn = Math.floor((from - line.phase) / line.every) + 1;
			for (let at; (at = turn * line.every + line.phase) <= to; turn++)
				due.push({ line, turn, at });
		}
		// Array.sort is stable: reports of one instant keep the order of their devices.
		return due.sort((a, b) => a.at - b.at);
	}

	#of(layer: string | undefined): Line[] {
		return layer === undefined
			? this.#lines
			: this.#lines.filter(({ model }) => model.layer === layer);
	}
}

// Under load every report is a reading of its own: an hourly mean is then that of the hour up to it.
const observedAt = ({ model, every }: Line, at: number): number =>
	every === model.everyMs ? model.observed(at) : at;

function report(line: Line, turn: number): Report {
	const { model, index, device, every, phase } = line;
	const at = turn * every + phase;
	const observed = observedAt(line, at);
	const values: Record<string, Value> = model.values(index, observed);
	const payload = JSON.stringify({
		dateObserved: formatTime(observed),
		name: device.name,
		location: { type: 'Point', coordinates: device.location },
		...values,
		source: SIMULATED_SOURCE,
		// The number of the turn since 1970: + 1 a message, and a pause of the simulator is a gap that shows.
		sequence: turn
	});
	const { layer } = model;
	return { at, layer, id: device.id, topic: topics.raw(layer, device.id), payload };
}

/** How many devices each layer has in a city of Toulouse's size. */
const USUAL = { bike: 300, air: 7, weather: 20, noise: 24 };

function createModels(
	seed: number,
	pack: Pack,
	layers: readonly string[],
	devices: number | undefined
): Model[] {
	const sky = createSky(seed, pack.city.zone);
	const usual: Record<string, number> = { ...USUAL, parking: pack.parkings.length };
	const wanted = MODELLED.filter((layer) => layers.includes(layer));
	const counts = share(
		wanted.map((layer) => usual[layer] ?? 0),
		devices
	);
	const make: Record<string, (count: number) => Model> = {
		bike: (count) => bikeModel(seed, pack, sky, count),
		parking: (count) => parkingModel(seed, pack, sky, count),
		air: (count) => airModel(seed, pack, sky, count),
		weather: (count) => weatherModel(seed, pack, sky, count),
		noise: (count) => noiseModel(seed, pack, sky, count)
	};
	return wanted.flatMap((layer, i) => make[layer]?.(counts[i] ?? 0) ?? []);
}

/**
 * `usual` counts brought to `total` in proportion, the rounding going to the largest; each keeps one where there are
 * enough for all.
 */
function share(usual: readonly number[], total: number | undefined): number[] {
	if (total === undefined) return [...usual];
	const sum = usual.reduce((a, b) => a + b, 0);
	const least = total >= usual.length ? 1 : 0;
	const counts = usual.map((count) => Math.max(least, Math.floor((count * total) / sum)));
	const largest = counts.indexOf(Math.max(...counts));
	const rest = total - counts.reduce((a, b) => a + b, 0);
	if (largest >= 0) counts[largest] = Math.max(0, (counts[largest] ?? 0) + rest);
	return counts;
}

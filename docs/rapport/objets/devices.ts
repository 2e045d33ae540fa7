import { HOUR, MINUTE } from '../../../simulator/calendar.ts';
import { SimulatedCity } from '../../../simulator/city.ts';
import { readPack } from '../../../simulator/pack.ts';
import { register } from '../../../src/lib/layers/index.ts';
import { cborBytes, packedBytes } from './sizes.ts';

export interface DeviceFigures {
	layer: string;
	title: string;
	id: string;
	topic: string;
	/** Between two messages, s. */
	period: number;
	/** Bytes of the JSON messages of one simulated hour: shortest, middle, longest. */
	json: readonly [number, number, number];
	/** The same for one message without what never changes (name, position, source). */
	patch: number;
	cbor: number;
	/** Bytes of the same values packed for LoRaWAN. */
	packed: number;
	attributes: readonly string[];
	example: string;
	/** What one measure draws from a battery, mA·s: an assumption, told in the sheet. */
	measure: number;
}

/** What one measure draws, mA·s: how long each kind of sensor is powered, times its current. */
const MEASURE: Readonly<Record<string, number>> = {
	bike: 5, // locks are read
	parking: 5, // a magnetometer, half a second at 10 mA
	air: 2_400, // a particle counter's fan and laser, 30 s at 80 mA
	weather: 30, // 3 s at 10 mA; the rain gauge is a contact
	noise: 900 // a microphone that never stops: 3 mA for 5 min
};

// An autumn day's noon, so that the figures are the same whenever they are made.
const START = Date.parse('2026-11-24T11:00:00Z');
const SEED = 31;

const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0;

/** Figures of each layer's device, from the messages the simulator really makes and the register's own bounds. */
export function deviceFigures(): DeviceFigures[] {
	const city = new SimulatedCity({ seed: SEED, pack: readPack('toulouse') });
	const known = register();
	return known.all
		.filter(({ kind }) => kind === 'live')
		.map((layer) => {
			const [first] = city.reports(START, START + HOUR, layer.id);
			if (!first) throw new Error(`the simulator says nothing of ${layer.id}`);
			const all = city.reports(START, START + HOUR, layer.id);
			const sizes = all.map(({ payload }) => Buffer.byteLength(payload)).sort((a, b) => a - b);
			// A kind that speaks every hour says one thing in this hour: the next one gives its pace.
			const own = city.reports(START, START + 2 * HOUR, layer.id).filter((r) => r.id === first.id);
			const message = JSON.parse(first.payload) as Record<string, unknown>;
			const { name: _, location: __, source: ___, ...patch } = message;
			const sent = Object.keys(layer.attributes).filter((key) => key in message);
			return {
				layer: layer.id,
				title: layer.title.fr,
				id: first.id,
				topic: first.topic,
				period: ((own[1]?.at ?? first.at + HOUR) - first.at) / 1000,
				json: [sizes[0] ?? 0, middle(sizes), sizes.at(-1) ?? 0] as const,
				patch: Buffer.byteLength(JSON.stringify(patch)),
				cbor: cborBytes(patch),
				packed: packedBytes(sent.flatMap((key) => layer.attributes[key] ?? [])),
				attributes: sent,
				example: JSON.stringify(patch),
				measure: MEASURE[layer.id] ?? 0
			};
		});
}

/** The waste container of the contract: not in the register yet, so its period and its bytes are only planned. */
export const PLANNED_WASTE = {
	title: 'Déchets (prévu)',
	period: (4 * HOUR) / 1000,
	packed: 3,
	measure: 20
};

/** Seconds as one says them. */
export const spoken = (seconds: number): string =>
	seconds >= HOUR / 1000 ? `${seconds / 3600} h` : `${seconds / (MINUTE / 1000)} min`;

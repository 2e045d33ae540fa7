import type { Layer, Value } from '../../src/lib/layers/define-layer.ts';
import type { Entity } from '../../src/lib/layers/entity.ts';

/** A frame larger than this keeps its freshest entities and says `more`. */
export const MAX_FRAME_BYTES = 48 * 1024;

const seconds = (ms: number) => Math.floor(ms / 1000);

/** One entity of a frame: its time, then its values in the order of the layer's `live` attributes. */
function entry(layer: Layer, entity: Entity): string {
	const values = layer.live.map((name) => {
		const value: Value = entity.values[name] ?? null;
		const time = entity.times[name] ?? entity.observed;
		const older = value !== null && seconds(time) < seconds(entity.observed);
		// An array is always wrapped, so that a reader can tell it from « value and older time ».
		return older || Array.isArray(value) ? [value, seconds(time)] : value;
	});
	return `${JSON.stringify(entity.id)}:${JSON.stringify([seconds(entity.observed), ...values])}`;
}

/** The whole state of one cell as phones read it (CONTRACT, `live/{layer}/{cell}`), at most 48 KiB. */
export function frame(layer: Layer, entities: readonly Entity[], now: number): string {
	const head = `{"t":${seconds(now)},"e":{`;
	const all = entities.map((entity) => entry(layer, entity));
	const whole = `${head}${all.join(',')}}}`;
	if (Buffer.byteLength(whole) <= MAX_FRAME_BYTES) return whole;
	const freshest = entities
		.map((entity, i) => ({ observed: entity.observed, text: all[i] ?? '' }))
		.sort((a, b) => b.observed - a.observed);
	const tail = '},"more":true}';
	let room = MAX_FRAME_BYTES - head.length - tail.length;
	const kept: string[] = [];
	for (const { text } of freshest) {
		room -= Buffer.byteLength(text) + 1;
		if (room < 0) break;
		kept.push(text);
	}
	return `${head}${kept.join(',')}${tail}`;
}

/** Readings of one series, oldest first. */
export interface Points {
	t: number[];
	v: number[];
}

const AS_DOUBLES = 255;
/** Beyond this, differences of scaled values would leave the range zigzag keeps exact. */
const MAX_SCALED = 1e9;

/** The fewest decimals (0 to 3) that hold every value exactly, or `AS_DOUBLES`. */
function decimals(v: readonly number[]): number {
	for (let d = 0; d <= 3; d++) {
		const scale = 10 ** d;
		if (
			v.every((x) => {
				const scaled = Math.round(x * scale);
				return Math.abs(scaled) <= MAX_SCALED && scaled / scale === x && !Object.is(x, -0);
			})
		)
			return d;
	}
	return AS_DOUBLES;
}

/**
 * Packs the readings of one hour: a byte for the decimals, a count, then per reading the time's second difference and
 * the value's difference as zigzag varints (Pelkonen et al., Gorilla, VLDB 2015, in whole bytes). About 3 bytes a
 * reading; lossless. Times are whole ms within `[start, start + 1 h)`, oldest first.
 */
export function pack(start: number, { t, v }: Points): Uint8Array {
	const scale = decimals(v);
	const out = Buffer.allocUnsafe(16 + t.length * 16);
	let at = 0;
	const varint = (value: number) => {
		while (value >= 128) {
			out[at++] = (value % 128) + 128;
			value = Math.floor(value / 128);
		}
		out[at++] = value;
	};
	const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value);
	out[at++] = scale;
	varint(t.length);
	let time = start;
	let delta = 0;
	let last = 0;
	for (let i = 0; i < t.length; i++) {
		const now = t[i] ?? 0;
		zigzag(now - time - delta);
		delta = now - time;
		time = now;
		const value = v[i] ?? 0;
		if (scale === AS_DOUBLES) at = out.writeDoubleLE(value, at);
		else {
			const scaled = Math.round(value * 10 ** scale);
			zigzag(scaled - last);
			last = scaled;
		}
	}
	return out.subarray(0, at);
}

/** The inverse of `pack`. Throws on a blob that is not one: the file is damaged. */
export function unpack(start: number, blob: Uint8Array): Points {
	const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
	let at = 0;
	const varint = () => {
		let value = 0;
		let weight = 1;
		for (;;) {
			const byte = bytes[at++];
			if (byte === undefined) throw new RangeError('packed hour ends early');
			if (byte < 128) return value + byte * weight;
			value += (byte - 128) * weight;
			weight *= 128;
		}
	};
	const zigzag = () => {
		const value = varint();
		return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
	};
	const scale = bytes[at++] ?? AS_DOUBLES;
	const count = varint();
	const t = new Array<number>(count);
	const v = new Array<number>(count);
	const factor = 10 ** scale;
	let time = start;
	let delta = 0;
	let last = 0;
	for (let i = 0; i < count; i++) {
		delta += zigzag();
		time += delta;
		t[i] = time;
		if (scale === AS_DOUBLES) {
			v[i] = bytes.readDoubleLE(at);
			at += 8;
		} else {
			last += zigzag();
			v[i] = last / factor;
		}
	}
	return { t, v };
}

/**
 * `settled` (oldest first) with `later` (in order of arrival) written over it: sorted by time, one reading per time, the
 * last written wins.
 */
export function merge(settled: Points, later: Points): Points {
	const sorted = (a: readonly number[]) => a.every((x, i) => i === 0 || x > (a[i - 1] ?? Infinity));
	if (sorted(later.t) && (later.t[0] ?? Infinity) > (settled.t.at(-1) ?? -Infinity))
		return { t: [...settled.t, ...later.t], v: [...settled.v, ...later.v] };
	const byTime = new Map<number, number>();
	for (const points of [settled, later])
		for (let i = 0; i < points.t.length; i++) byTime.set(points.t[i] ?? 0, points.v[i] ?? 0);
	const t = [...byTime.keys()].sort((a, b) => a - b);
	return { t, v: t.map((time) => byTime.get(time) ?? 0) };
}

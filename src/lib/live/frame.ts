import type { Value } from '../layers/define-layer.ts';

/** One entity in a frame. */
export interface Entry {
	/** When the server said so, ms. */
	asOf: number;
	/** When the entity was last observed, ms. */
	observed: number;
	values: Readonly<Record<string, Value>>;
	/** Times of the attributes that are not `observed`, ms. */
	older: Readonly<Record<string, number>>;
}

/** The whole state of a cell, as CONTRACT section 2 words it. */
export interface Frame {
	/** Server's time, ms. */
	t: number;
	/** The cell holds more than fitted: who is missing here is not gone. */
	more: boolean;
	entries: ReadonlyMap<string, Entry>;
}

/**
 * Reads a frame's payload; `order` names its values. An empty payload is an empty cell. Undefined where it is not a frame:
 * a newer server's frames must not break an older app, so an entry that cannot be read is left out and the rest stands.
 */
export function readFrame(payload: string, order: readonly string[]): Frame | undefined {
	if (payload === '') return { t: 0, more: false, entries: new Map() };
	let json: unknown;
	try {
		json = JSON.parse(payload);
	} catch {
		return undefined;
	}
	if (!isRecord(json) || typeof json['t'] !== 'number' || !isRecord(json['e'])) return undefined;
	const t = json['t'] * 1000;
	const entries = new Map<string, Entry>();
	for (const [id, row] of Object.entries(json['e'])) {
		const entry = readEntry(row, order, t);
		if (entry) entries.set(id, entry);
	}
	return { t, more: json['more'] === true, entries };
}

function readEntry(row: unknown, order: readonly string[], asOf: number): Entry | undefined {
	if (!Array.isArray(row)) return undefined;
	const [observedSeconds, ...cells] = row as unknown[];
	if (typeof observedSeconds !== 'number') return undefined;
	const observed = observedSeconds * 1000;
	const values: Record<string, Value> = {};
	const older: Record<string, number> = {};
	order.forEach((name, i) => {
		const cell = cells[i];
		// `[value, epoch_s]`: an older value, or any array (wrapped, so that it is never taken for this).
		const [value, seconds] = Array.isArray(cell) ? (cell as unknown[]) : [cell];
		if (!isValue(value)) return;
		values[name] = value;
		if (typeof seconds === 'number') older[name] = seconds * 1000;
	});
	return { asOf, observed, values, older };
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isValue(value: unknown): value is Value {
	return (
		value === null ||
		typeof value === 'number' ||
		typeof value === 'string' ||
		(Array.isArray(value) && value.every((item) => typeof item === 'string'))
	);
}

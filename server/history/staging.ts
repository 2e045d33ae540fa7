import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Catalogue } from './catalogue.ts';
import { number } from './database.ts';
import type { Reading, Refused } from './store.ts';

// Readings of one commit are one row, a packed log: an insert for each would cost more than all the rest of the intake.
const TABLE = `
	CREATE TABLE IF NOT EXISTS staged (
		id INTEGER PRIMARY KEY AUTOINCREMENT, at INT NOT NULL, n INT NOT NULL, disorder INT NOT NULL, b BLOB NOT NULL
	);
`;
/** A row: series id, time, value. */
const ROW_BYTES = 4 + 8 + 8;

export interface Batch {
	id: number;
	n: number;
	/** Some row may repeat or correct one staged before. */
	disorder: boolean;
	sid: Uint32Array;
	t: Float64Array;
	v: Float64Array;
}

/** The durable waiting room of both stores: what is accepted and not yet where it will stay. */
export class Staging {
	#catalogue: Catalogue;
	#clock: () => number;
	#maxAgeMs: number;
	/** Newest time staged per series, while anything is staged. */
	#newest = new Map<number, number>();
	#insert: StatementSync;
	#after: StatementSync;
	#ordered: StatementSync;
	#disordered: StatementSync;
	#remove: StatementSync;
	#removeUpTo: StatementSync;
	#oldest: StatementSync;
	/** Readings staged and not removed; too high for a while where a transaction was rolled back. */
	#readings = 0;

	constructor(db: DatabaseSync, catalogue: Catalogue, clock: () => number, maxAgeMs: number) {
		db.exec(TABLE);
		this.#catalogue = catalogue;
		this.#clock = clock;
		this.#maxAgeMs = maxAgeMs;
		this.#insert = db.prepare('INSERT INTO staged (at, n, disorder, b) VALUES (?, ?, ?, ?)');
		this.#after = db.prepare('SELECT * FROM staged WHERE id > ? ORDER BY id LIMIT 256');
		this.#ordered = db.prepare(
			'SELECT * FROM staged WHERE disorder = 0 ORDER BY id DESC LIMIT 1024'
		);
		this.#disordered = db.prepare('SELECT * FROM staged WHERE disorder = 1 ORDER BY id LIMIT 1024');
		this.#remove = db.prepare('DELETE FROM staged WHERE id = ?');
		this.#removeUpTo = db.prepare('DELETE FROM staged WHERE id <= ?');
		this.#oldest = db.prepare('SELECT at FROM staged ORDER BY id LIMIT 1');
		for (let last = 0; ;) {
			const batches = this.after(last);
			if (batches.length === 0) break;
			for (const batch of batches) {
				last = batch.id;
				this.#readings += batch.n;
				for (let i = 0; i < batch.n; i++) this.#inOrder(batch.sid[i] ?? 0, batch.t[i] ?? 0);
			}
		}
	}

	#inOrder(sid: number, t: number): boolean {
		const newest = this.#newest.get(sid);
		if (newest !== undefined && newest >= t) return false;
		this.#newest.set(sid, t);
		return true;
	}

	stage(readings: readonly Reading[]): Refused[] {
		if (readings.length === 0) return [];
		this.#catalogue.refresh();
		const now = this.#clock();
		const oldest = now - this.#maxAgeMs;
		const refused: Refused[] = [];
		const b = Buffer.allocUnsafe(readings.length * ROW_BYTES);
		let at = 0;
		let disorder = 0;
		for (const reading of readings) {
			const { entity, attribute, t, v, district } = reading;
			if (!Number.isFinite(v) || !Number.isFinite(t))
				refused.push({ reading, reason: 'not_a_number' });
			else if (t < oldest) refused.push({ reading, reason: 'too_old' });
			else {
				const { sid } = this.#catalogue.require(entity, attribute, district);
				if (!this.#inOrder(sid, t)) disorder = 1;
				at = b.writeUInt32LE(sid, at);
				at = b.writeDoubleLE(Math.round(t), at);
				at = b.writeDoubleLE(v, at);
			}
		}
		if (at > 0) this.#insert.run(now, at / ROW_BYTES, disorder, b.subarray(0, at));
		this.#readings += at / ROW_BYTES;
		return refused;
	}

	/** At most 256 batches staged after the one of this id, oldest first. */
	after(id: number): Batch[] {
		return this.#after.all(id).map(read);
	}

	/**
	 * The next batches to send on, about `readings` of them. Those that repeat or correct nothing go newest first, so that
	 * after an outage the page is right at once; then the others, oldest first, so that the last correction stands.
	 */
	next(readings: number): Batch[] {
		const batches: Batch[] = [];
		let total = 0;
		for (const statement of [this.#ordered, this.#disordered]) {
			for (const row of statement.iterate()) {
				const n = number(row['n']);
				if (batches.length > 0 && total + n > readings) break;
				batches.push(read(row));
				total += n;
			}
			if (batches.length > 0) break;
		}
		return batches;
	}

	remove(batches: readonly Batch[]): void {
		for (const { id, n } of batches) {
			this.#remove.run(id);
			this.#readings -= n;
		}
	}

	removeUpTo(id: number): void {
		this.#removeUpTo.run(id);
	}

	/** About how many readings wait, and since when the oldest of them. */
	waiting(): { readings: number; since: number | undefined } {
		const at = this.#oldest.get()?.['at'];
		if (typeof at === 'number') return { readings: this.#readings, since: at };
		// Nothing waits: nothing that comes now can repeat what waits.
		this.#newest.clear();
		this.#readings = 0;
		return { readings: 0, since: undefined };
	}
}

function read(row: Record<string, unknown>): Batch {
	const n = number(row['n']);
	const blob = row['b'];
	if (!(blob instanceof Uint8Array) || blob.byteLength !== n * ROW_BYTES)
		throw new Error(`staged readings ${String(row['id'])} are damaged`);
	const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
	const batch: Batch = {
		id: number(row['id']),
		n,
		disorder: row['disorder'] === 1,
		sid: new Uint32Array(n),
		t: new Float64Array(n),
		v: new Float64Array(n)
	};
	for (let i = 0; i < n; i++) {
		batch.sid[i] = view.getUint32(i * ROW_BYTES, true);
		batch.t[i] = view.getFloat64(i * ROW_BYTES + 4, true);
		batch.v[i] = view.getFloat64(i * ROW_BYTES + 12, true);
	}
	return batch;
}

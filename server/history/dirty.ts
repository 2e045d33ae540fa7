import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { number, text } from './database.ts';

/** Hours of an attribute of a layer whose rollups no longer say what the raw readings say. */
export interface DirtySpan {
	kept: boolean;
	layer: string;
	attribute: string;
	/** Hours since 1970, `[from, to)`. */
	from: number;
	to: number;
	mark: number;
}

export type Interval = readonly [from: number, to: number];

const TABLE = `
	CREATE TABLE IF NOT EXISTS dirty (
		kept INT NOT NULL, layer TEXT NOT NULL, attribute TEXT NOT NULL, h INT NOT NULL, mark INT NOT NULL,
		PRIMARY KEY (kept, layer, attribute, h)) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS rejected (
		id INTEGER PRIMARY KEY AUTOINCREMENT, at INT NOT NULL, line TEXT NOT NULL, reason TEXT NOT NULL);
`;
/** One query rolls up at most a day of a layer. */
const MAX_SPAN_HOURS = 24;
/** A question touches at most so many stretches read raw; beyond that neighbours are taken together. */
const MAX_INTERVALS = 8;

/** Which rollups of the database server still have to be made, durable with the outbox that caused them. */
export class Dirty {
	#mark: StatementSync;
	#newest: StatementSync;
	#run: StatementSync;
	#clean: StatementSync;
	#within: StatementSync;
	#next: number;

	constructor(db: DatabaseSync) {
		db.exec(TABLE);
		this.#mark = db.prepare('INSERT OR REPLACE INTO dirty VALUES (?, ?, ?, ?, ?)');
		this.#newest = db.prepare(
			'SELECT * FROM dirty WHERE h < ? AND kept >= ? ORDER BY h DESC LIMIT 1'
		);
		this.#run = db.prepare(
			'SELECT h, mark FROM dirty WHERE kept = ? AND layer = ? AND attribute = ? AND h <= ? AND h > ? ORDER BY h DESC'
		);
		this.#clean = db.prepare(
			'DELETE FROM dirty WHERE kept = ? AND layer = ? AND attribute = ? AND h >= ? AND h < ? AND mark <= ?'
		);
		this.#within = db.prepare(
			'SELECT h FROM dirty WHERE kept = ? AND layer = ? AND attribute = ? AND h >= ? AND h < ? ORDER BY h'
		);
		this.#next = number(db.prepare('SELECT max(mark) m FROM dirty').get()?.['m']) + 1;
	}

	/** Inside a transaction: these hours (`kept layer attribute hour`) hold readings their rollups do not know. */
	add(hours: Iterable<readonly [kept: boolean, layer: string, attribute: string, h: number]>) {
		const mark = this.#next++;
		for (const [kept, layer, attribute, h] of hours)
			this.#mark.run(kept ? 1 : 0, layer, attribute, h, mark);
	}

	/** The newest dirty hours before `before` (hours since 1970) that lie side by side; of kept readings only, or of any. */
	next(before: number, only: 'kept' | 'any' = 'any'): DirtySpan | undefined {
		const row = this.#newest.get(before, only === 'kept' ? 1 : 0);
		if (!row) return undefined;
		const kept = number(row['kept']);
		const layer = text(row['layer']);
		const attribute = text(row['attribute']);
		const last = number(row['h']);
		let from = last + 1;
		let mark = 0;
		for (const each of this.#run.iterate(kept, layer, attribute, last, last - MAX_SPAN_HOURS)) {
			if (number(each['h']) !== from - 1) break;
			from--;
			mark = Math.max(mark, number(each['mark']));
		}
		return { kept: kept === 1, layer, attribute, from, to: last + 1, mark };
	}

	/** These rollups are made, except where more came while they were. */
	clean({ kept, layer, attribute, from, to, mark }: DirtySpan): void {
		this.#clean.run(kept ? 1 : 0, layer, attribute, from, to, mark);
	}

	/** Stretches of dirty hours within `[from, to)` (hours), few enough to ask for one by one. */
	intervals(kept: boolean, layer: string, attribute: string, from: number, to: number): Interval[] {
		const hours = this.#within
			.all(kept ? 1 : 0, layer, attribute, from, to)
			.map((row) => number(row['h']));
		for (let gap = 0; ; gap = gap * 2 + 1) {
			const found: [number, number][] = [];
			for (const h of hours) {
				const last = found.at(-1);
				if (last && h - last[1] <= gap) last[1] = h + 1;
				else found.push([h, h + 1]);
			}
			if (found.length <= MAX_INTERVALS) return found;
		}
	}
}

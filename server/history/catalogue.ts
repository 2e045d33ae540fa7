import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { number, text } from './database.ts';
import { layerOf, type SeriesFilter, type SeriesKey } from './store.ts';

/** One attribute of one entity. Imported readings lie in `[keptFrom, keptTo)`, whole hours, and never expire. */
export interface Series extends SeriesKey {
	sid: number;
	layer: string;
	district: string | undefined;
	keptFrom: number;
	keptTo: number;
}

const TABLE = `
	CREATE TABLE IF NOT EXISTS series (
		sid INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT NOT NULL, attribute TEXT NOT NULL, layer TEXT NOT NULL, district TEXT,
		kept_from INT NOT NULL DEFAULT 0, kept_to INT NOT NULL DEFAULT 0, UNIQUE (entity, attribute)
	);
	CREATE INDEX IF NOT EXISTS series_area ON series (layer, attribute, district);
`;

/** The series ever kept, by entity and attribute. Held in memory; read again when another process changed the file. */
export class Catalogue {
	#bySid = new Map<number, Series>();
	#byEntity = new Map<string, Map<string, Series>>();
	/** What `find` was asked for last, and what it knows of it. */
	#lastEntity = '';
	#lastFound: Map<string, Series> | undefined;
	#version = -1;
	/** Last series made here: gone again where the transaction that made it was rolled back. */
	#unproved: number | undefined;
	#db: DatabaseSync;
	#one: StatementSync;
	#all: StatementSync;
	#dataVersion: StatementSync;
	#insert: StatementSync;
	#district: StatementSync;
	#kept: StatementSync;

	constructor(db: DatabaseSync) {
		db.exec(TABLE);
		this.#db = db;
		this.#one = db.prepare('SELECT sid FROM series WHERE sid = ?');
		this.#all = db.prepare('SELECT * FROM series');
		this.#dataVersion = db.prepare('PRAGMA data_version');
		this.#insert = db.prepare(
			'INSERT INTO series (entity, attribute, layer, district) VALUES (?, ?, ?, ?) RETURNING *'
		);
		this.#district = db.prepare('UPDATE series SET district = ? WHERE sid = ?');
		this.#kept = db.prepare('UPDATE series SET kept_from = ?, kept_to = ? WHERE sid = ?');
	}

	reload(): void {
		this.#version = -1;
		this.refresh();
	}

	/** Reads the file again where another connection changed it, or a transaction was rolled back. */
	refresh(): void {
		if (this.#unproved !== undefined) {
			if (!this.#one.get(this.#unproved)) this.#version = -1;
			if (!this.#db.isTransaction) this.#unproved = undefined;
		}
		const version = number(this.#dataVersion.get()?.['data_version']);
		if (version === this.#version) return;
		this.#version = version;
		this.#bySid.clear();
		this.#byEntity.clear();
		this.#lastEntity = '';
		for (const row of this.#all.iterate()) this.#hold(row);
	}

	#hold(row: Record<string, SQLOutputValue>): Series {
		const district = row['district'];
		const series: Series = {
			sid: number(row['sid']),
			entity: text(row['entity']),
			attribute: text(row['attribute']),
			layer: text(row['layer']),
			district: typeof district === 'string' ? district : undefined,
			keptFrom: number(row['kept_from']),
			keptTo: number(row['kept_to'])
		};
		this.#bySid.set(series.sid, series);
		let attributes = this.#byEntity.get(series.entity);
		if (!attributes) {
			this.#byEntity.set(series.entity, (attributes = new Map<string, Series>()));
			this.#lastEntity = '';
		}
		attributes.set(series.attribute, series);
		return series;
	}

	find(entity: string, attribute: string): Series | undefined {
		// One message is several readings of one entity in a row.
		if (entity !== this.#lastEntity) {
			this.#lastEntity = entity;
			this.#lastFound = this.#byEntity.get(entity);
		}
		return this.#lastFound?.get(attribute);
	}

	get(sid: number): Series | undefined {
		return this.#bySid.get(sid);
	}

	knows(entity: string): boolean {
		return this.#byEntity.has(entity);
	}

	/** The series of a reading, made where it is the first; its district follows the entity. */
	require(entity: string, attribute: string, district: string | undefined): Series {
		const known = this.find(entity, attribute);
		if (!known) {
			const row = this.#insert.get(entity, attribute, layerOf(entity), district ?? null);
			if (!row) throw new Error(`series ${entity} ${attribute} was not made`);
			const made = this.#hold(row);
			this.#unproved = made.sid;
			return made;
		}
		if (district !== undefined && known.district !== district) {
			this.#district.run(district, known.sid);
			known.district = district;
		}
		return known;
	}

	/** Widens what a series keeps for ever. */
	keep(series: Series, from: number, to: number): void {
		if (from >= series.keptFrom && to <= series.keptTo) return;
		const empty = series.keptTo === series.keptFrom;
		series.keptFrom = empty ? from : Math.min(series.keptFrom, from);
		series.keptTo = empty ? to : Math.max(series.keptTo, to);
		this.#kept.run(series.keptFrom, series.keptTo, series.sid);
	}

	/** By entity, then attribute. */
	list({ layer, district, attribute }: SeriesFilter = {}): Series[] {
		const found: Series[] = [];
		for (const series of this.#bySid.values())
			if (
				(layer === undefined || series.layer === layer) &&
				(district === undefined || series.district === district) &&
				(attribute === undefined || series.attribute === attribute)
			)
				found.push(series);
		const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
		return found.sort((a, b) => order(a.entity, b.entity) || order(a.attribute, b.attribute));
	}

	ofSystem(system: string): Series[] {
		return this.list().filter(({ entity }) => entity.split('-')[1] === system);
	}
}

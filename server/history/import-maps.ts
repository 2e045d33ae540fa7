import { parseId, slug } from '../../src/lib/layers/entity.ts';
import { instant, parseTime, wallClock } from '../../src/lib/time.ts';
import type { Row } from './csv.ts';

/** One number as a file gives it, not yet checked. */
export interface Given {
	entity: string;
	attribute: string;
	t: number;
	value: string;
}

/** How the rows of a kind of file are read. `undefined`: the row says nothing of a place of ours; else why not. */
export interface ImportMap {
	columns: readonly string[];
	read(row: Row, o: { system: string; zone: string }): Given[] | string;
}

/** A wall clock without zone (`2025-12-28`, `21:57`) in a zone; undefined where it is none or never was shown. */
function local(date: string, time: string, zone: string): number | undefined {
	const found = /^(\d{4})-(\d{2})-(\d{2}) (\d{1,2}):(\d{2})$/.exec(`${date} ${time}`);
	if (!found) return undefined;
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map(Number);
	const t = instant(year, month, day, hour, minute, zone);
	const shown = wallClock(t, zone);
	const same = shown.day === day && shown.month === month && shown.hour === hour;
	return same && shown.minute === minute ? t : undefined;
}

/** The export's own columns; the entity's system becomes the one named, so that forgetting it takes all of it. */
const canonical: ImportMap = {
	columns: ['entity', 'attribute', 'dateObserved', 'value'],
	read(row, { system }) {
		const id = parseId(row.get('entity'));
		const t = parseTime(row.get('dateObserved'));
		if (!id) return 'entity is not an id';
		if (t === undefined) return 'dateObserved is not a date-time';
		const entity = `${id.layer}-${system}-${id.ref}`;
		return [{ entity, attribute: row.get('attribute'), t, value: row.get('value') }];
	}
};

/** `Date;Heure;Type;Nom;Places_Libres;Places_Totales`, local time; stations named « Inconnu » are several in one. */
const montpellier: ImportMap = {
	columns: ['Date', 'Heure', 'Type', 'Nom', 'Places_Libres', 'Places_Totales'],
	read(row, { system, zone }) {
		const name = row.get('Nom');
		const ref = slug(name);
		if (ref === '' || ref === 'inconnu') return 'the place has no name of its own';
		const t = local(row.get('Date'), row.get('Heure'), zone);
		if (t === undefined) return 'Date and Heure are not a local time';
		const kinds = {
			Voiture: ['parking', 'availableSpotNumber', 'totalSpotNumber'],
			Velo: ['bike', 'freeSlotNumber', 'totalSlotNumber']
		} as const;
		const type = row.get('Type');
		if (type !== 'Voiture' && type !== 'Velo') return 'Type is neither Voiture nor Velo';
		const [layer, free, total] = kinds[type];
		const entity = `${layer}-${system}-${ref}`;
		return [
			{ entity, attribute: free, t, value: row.get('Places_Libres') },
			{ entity, attribute: total, t, value: row.get('Places_Totales') }
		];
	}
};

/** A dump of CityBikes: one row per station and moment. */
const citybikes: ImportMap = {
	columns: ['timestamp', 'station_id', 'free_bikes', 'empty_slots'],
	read(row, { system }) {
		const ref = slug(row.get('station_id'));
		const t = parseTime(row.get('timestamp'));
		if (ref === '') return 'station_id is empty';
		if (t === undefined) return 'timestamp is not a date-time with its zone';
		const entity = `bike-${system}-${ref}`;
		return [
			{ entity, attribute: 'availableBikeNumber', t, value: row.get('free_bikes') },
			{ entity, attribute: 'freeSlotNumber', t, value: row.get('empty_slots') }
		];
	}
};

export const maps: Readonly<Record<string, ImportMap>> = { canonical, montpellier, citybikes };

import { slug } from '../../../src/lib/layers/entity.ts';
import type { Fields } from '../fields.ts';
import type { Shape } from './shape.ts';

const DAYS = [
	['lundi', 'monday'],
	['mardi', 'tuesday'],
	['mercredi', 'wednesday'],
	['jeudi', 'thursday'],
	['vendredi', 'friday'],
	['samedi', 'saturday'],
	['dimanche', 'sunday']
] as const;

export const market: Shape = (f) => {
	const days = openDays(f);
	return {
		name: f.words('nom'),
		address: f.address(f.words('adresse'), ['code_postal'], ['commune']),
		values: { days: days.length > 0 ? days : undefined, hours: openHours(f), goods: f.text('type') }
	};
};

/** From the columns of the week, or from the words (« du mardi au samedi »); both say some the other leaves out. */
function openDays(f: Fields): string[] {
	const said = slug(f.text('jours_de_tenue') ?? '');
	const at = (word: string | undefined) => DAYS.findIndex(([french]) => french === word);
	const [, from, to] = /du-([a-z]+)-au-([a-z]+)/.exec(said) ?? [];
	const first = at(from);
	const last = at(to);
	return DAYS.filter(
		([french], day) =>
			f.text(french) !== undefined ||
			(first >= 0 && day >= first && day <= last) ||
			new RegExp(`(^|-)${french}s?(-|$)`).test(said)
	).map(([, english]) => english);
}

/** « 7 h – 13 h 30 » where all days are alike, else per day. */
function openHours(f: Fields): string | undefined {
	const groups = new Map<string, string[]>();
	for (const [french] of DAYS) {
		const text = f.text(french);
		if (text === undefined) continue;
		const hours = readHours(text);
		groups.set(hours, [...(groups.get(hours) ?? []), french]);
	}
	const [only] = groups.keys();
	if (groups.size < 2) return only;
	return [...groups].map(([hours, days]) => `${days.join(', ')} : ${hours}`).join(' ; ');
}

/** « 07h00 – 13h30 », « 07h00-13h30 », « 7h00 à 14h00 », « 16h - 20h » alike; anything else as it is written. */
export function readHours(text: string): string {
	const read = /^(\d{1,2})h(\d{2})?\s*(?:[-–—]|à)\s*(\d{1,2})h(\d{2})?$/i.exec(text);
	if (!read) return text;
	const hour = (h = '', min = '00') => `${Number(h)}\u00a0h${min === '00' ? '' : `\u00a0${min}`}`;
	return `${hour(read[1], read[2])} – ${hour(read[3], read[4])}`;
}

import { createHash, randomUUID } from 'node:crypto';
import type { Bbox } from '../../src/lib/geo.ts';
import { inside } from '../../src/lib/geo.ts';
import {
	checkAnswers,
	cleanText,
	MAX_DESCRIPTION,
	MAX_PHOTOS,
	type Report
} from '../../src/lib/reports/report.ts';
import { formatTime } from '../../src/lib/time.ts';
import type { Incoming } from '../reports/accept.ts';
import type { Upload } from '../reports/upload.ts';
import { Open311Error } from './answer.ts';
import { serviceOf } from './services.ts';

interface Sent {
	upload: Upload;
	/** Name of the key it came with. */
	sender: string;
	/** `Idempotency-Key`, where there is one. */
	repeat: string | undefined;
	area: Bbox;
	now: number;
}

/** A report out of the fields of a GeoReport POST. Throws 400 naming what is missing or wrong, 404 for an unknown service. */
export function toIncoming({ upload, sender, repeat, area, now }: Sent): Incoming {
	const { fields, files } = upload;
	const field = (name: string) => fields.get(name)?.at(-1)?.trim() || undefined;
	const short = (name: string, max = 300) => {
		const text = cleanText(field(name) ?? '');
		if (text.length > max) throw new Open311Error(400, `${name} is longer than ${max} characters`);
		return text || null;
	};
	const code = field('service_code');
	if (code === undefined) throw new Open311Error(400, 'service_code was not provided');
	const category = serviceOf(code);
	const { answers, trouble } = checkAnswers(category, attributesOf(fields));
	const [wrong] = trouble;
	if (wrong)
		throw new Open311Error(
			400,
			wrong.what === 'missing'
				? `attribute[${wrong.code}] is required`
				: `attribute[${wrong.code}]: ${wrong.what.replaceAll('_', ' ')}`
		);
	if (files.length > MAX_PHOTOS) throw new Open311Error(400, `at most ${MAX_PHOTOS} photos`);

	const location = locationOf(field('lat'), field('long'), area);
	const address = short('address_string') ?? short('address_id');
	if (!location && address === null)
		throw new Open311Error(
			400,
			'a location is required: lat and long, address_string or address_id'
		);
	const links = (fields.get('media_url') ?? []).map(cleanText).filter((link) => link !== '');
	const description = cleanText(fields.get('description')?.join('\n') ?? '');
	if (description.length > MAX_DESCRIPTION)
		throw new Open311Error(400, `description is longer than ${MAX_DESCRIPTION} characters`);
	// A link is never fetched: whoever checks the report sees it, and decides what is public.
	const words = [description, ...links.map((link) => link.slice(0, 500))].filter(Boolean);

	const name = [short('first_name'), short('last_name')].filter(Boolean).join(' ') || null;
	const report: Report = {
		id: repeat === undefined ? randomUUID() : idOf(sender, repeat),
		category: category.id,
		answers,
		description: words.join('\n\n').slice(0, MAX_DESCRIPTION),
		location,
		address,
		entity: null,
		contact: { name, email: short('email'), phone: short('phone', 40) },
		createdAt: formatTime(now)
	};
	return {
		report,
		photos: files.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => bytes),
		device: undefined,
		source: `open311:${sender}`,
		...(repeat !== undefined && { print: `repeat:${sender}` })
	};
}

/** The id of a report is made from the key of its repeats: whichever process gets the second one finds the first. */
function idOf(sender: string, repeat: string): string {
	const bytes = createHash('sha256').update(`open311\0${sender}\0${repeat}`).digest();
	// Version 8, RFC 9562: made by a rule of our own.
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = bytes.toString('hex');
	return [
		hex.slice(0, 8),
		hex.slice(8, 12),
		hex.slice(12, 16),
		hex.slice(16, 20),
		hex.slice(20, 32)
	].join('-');
}

/** `attribute[code]`, `attribute[code][]`, `attribute[code][0]`, or the first repeated: all mean one list of answers. */
function attributesOf(fields: Upload['fields']): Record<string, string[]> {
	const answers = new Map<string, string[]>();
	for (const [name, values] of fields) {
		const [, code] = /^attribute\[([\w-]{1,64})\](?:\[\d*\])?$/.exec(name) ?? [];
		if (code === undefined) continue;
		answers.set(code, [...(answers.get(code) ?? []), ...values.map(cleanText)]);
	}
	return Object.fromEntries(answers);
}

function locationOf(lat: string | undefined, long: string | undefined, area: Bbox) {
	if (lat === undefined && long === undefined) return null;
	if (lat === undefined || long === undefined)
		throw new Open311Error(400, 'lat and long go together: one of them is missing');
	const number = (text: string) => (/^-?\d{1,3}(\.\d{1,20})?$/.test(text) ? Number(text) : NaN);
	const at = { lon: number(long), lat: number(lat) };
	if (!(Math.abs(at.lat) <= 90 && Math.abs(at.lon) <= 180))
		throw new Open311Error(400, 'lat and long must be decimal degrees (WGS84)');
	if (!inside([at.lon, at.lat], area))
		throw new Open311Error(400, 'this place is outside the area served here');
	return at;
}

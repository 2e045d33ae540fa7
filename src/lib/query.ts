import { AppError } from './errors.ts';
import type { Bbox } from './geo.ts';
import { parseTime } from './time.ts';

/** One parameter of a query string: how it is read, and what the published document says of it. */
export interface Param<T> {
	/** Reads the text given. Throws an `AppError` that names the parameter where it is not valid. */
	read(text: string, name: string): T;
	description: string;
	/** JSON Schema of the value, as OpenAPI prints it. */
	schema: Readonly<Record<string, unknown>>;
	example?: string;
}

export type Params = Readonly<Record<string, Param<unknown>>>;

export type Query<P extends Params> = {
	[K in keyof P]: P[K] extends Param<infer T> ? T | undefined : never;
};

/**
 * Reads the parameters a route knows; others are ignored, so that a link with a tracking tag still works. One given
 * several times counts as a comma list. Throws `query_invalid` (or the parameter's own code), never guesses.
 */
export function parseQuery<P extends Params>(params: P, url: URL): Query<P> {
	const query: Record<string, unknown> = {};
	for (const [name, param] of Object.entries(params)) {
		const given = url.searchParams.getAll(name);
		query[name] = given.length === 0 ? undefined : param.read(given.join(','), name);
	}
	return query as Query<P>;
}

const invalid = (name: string, what: string) =>
	new AppError('query_invalid', `${name} must be ${what}`);

const DECIMAL = /^-?\d{1,3}(\.\d{1,20})?$/;

/** `w,s,e,n` in degrees. Inverted, outside the globe, or anything but four plain numbers: `query_invalid`. */
export const bbox: Param<Bbox> = {
	read(text, name) {
		const parts = text.split(',');
		const [w = NaN, s = NaN, e = NaN, n = NaN] = parts.map((part) =>
			DECIMAL.test(part) ? Number(part) : NaN
		);
		// A comparison with NaN is false, so a number that cannot be read fails here too.
		const valid =
			parts.length === 4 && -180 <= w && w <= e && e <= 180 && -90 <= s && s <= n && n <= 90;
		if (!valid)
			throw invalid(name, 'west,south,east,north in degrees, west <= east, south <= north');
		return [w, s, e, n];
	},
	description: 'Only what lies in the box west,south,east,north (WGS84 degrees, edges included).',
	schema: { type: 'string', pattern: '^-?\\d+(\\.\\d+)?(,-?\\d+(\\.\\d+)?){3}$' },
	example: '1.42,43.59,1.46,43.62'
};

/** A whole number of items, 1 to `max`; above: `limit_exceeded`. */
export function limit(standard: number, max: number): Param<number> {
	return {
		read(text, name) {
			const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
			if (value < 1) throw invalid(name, `a whole number from 1 to ${max}`);
			if (value > max) throw new AppError('limit_exceeded', `${name} is at most ${max}`);
			return value;
		},
		description: `How many items an answer holds at most; \`next\` leads to the others. ${standard} if absent.`,
		schema: { type: 'integer', minimum: 1, maximum: max, default: standard }
	};
}

/** A comma list of layer ids; whether they exist is for the register to say. */
export const layerIds: Param<string[]> = {
	read(text, name) {
		const ids = text.split(',');
		if (!ids.every((id) => /^[a-z][a-z0-9]{0,63}$/.test(id)))
			throw invalid(name, 'a layer id, or several joined by commas');
		return [...new Set(ids)];
	},
	description: 'Only these layers: one id, or several joined by commas.',
	schema: { type: 'string', pattern: '^[a-z][a-z0-9]*(,[a-z][a-z0-9]*)*$' },
	example: 'bike,parking'
};

/** One layer id. */
export const layerId: Param<string> = {
	read(text, name) {
		if (!/^[a-z][a-z0-9]{0,63}$/.test(text)) throw invalid(name, 'a layer id');
		return text;
	},
	description: 'One layer.',
	schema: { type: 'string', pattern: '^[a-z][a-z0-9]*$' },
	example: 'bike'
};

/**
 * A place in the stream of changes, as an earlier answer gave it. Any short text is taken: a cursor that means nothing
 * here is answered with a reset, not an error, because it may come from a process that is gone.
 */
export const cursor = (description: string): Param<string> => ({
	read(text, name) {
		if (!/^[\x21-\x7e]{1,128}$/.test(text)) throw invalid(name, 'the cursor of an earlier answer');
		return text;
	},
	description,
	schema: { type: 'string', maxLength: 128 }
});

/** The id after which a page starts. */
export const after: Param<string> = {
	read(text, name) {
		if (!/^[a-z0-9-]{1,128}$/.test(text)) throw invalid(name, 'the id after which to go on');
		return text;
	},
	description: 'Starts after this id. Part of the `next` of the page before; not made by hand.',
	schema: { type: 'string', maxLength: 128 }
};

/** The language of titles and labels. French is what a citizen reads first, so it is never negotiated away. */
export const lang: Param<'fr' | 'en'> = {
	read(text, name) {
		if (text !== 'fr' && text !== 'en') throw invalid(name, 'fr or en');
		return text;
	},
	description: 'Language of titles and labels. French if absent, whatever `Accept-Language` says.',
	schema: { type: 'string', enum: ['fr', 'en'], default: 'fr' }
};

/** A moment. A `+` that a browser sent as a space is read as the `+` it was. */
export const time = (description: string): Param<number> => ({
	read(text, name) {
		const ms = parseTime(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
		// Nobody's sensors are outside these years; a slip in a year is told as one.
		const year = ms === undefined ? NaN : new Date(ms).getUTCFullYear();
		if (ms === undefined || !(year >= 1900 && year < 2200))
			throw invalid(name, 'an RFC 3339 date-time with its zone, between 1900 and 2200');
		return ms;
	},
	description,
	schema: { type: 'string', format: 'date-time' },
	example: '2026-11-22T08:00:00Z'
});

/** The name of an attribute; whether a layer has it is for the layer to say. */
export const attribute: Param<string> = {
	read(text, name) {
		if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(text)) throw invalid(name, 'the name of an attribute');
		return text;
	},
	description: 'A number of the layer, as `/api/v1/layers` names it; its main one if absent.',
	schema: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9]*$' },
	example: 'availableBikeNumber'
};

/** How many buckets an answer may have, 1 to `max`; above: `limit_exceeded`. */
export const points = (standard: number, max: number): Param<number> => ({
	...limit(standard, max),
	description: `How many buckets the answer has at most; ${standard} if absent.`
});

/** One of a few words. */
export const oneOf = <T extends string>(words: readonly T[], description: string): Param<T> => ({
	read(text, name) {
		const word = words.find((word) => word === text);
		if (word === undefined) throw invalid(name, words.join(' or '));
		return word;
	},
	description,
	schema: { type: 'string', enum: words }
});

/** Some of a few words, joined by commas. */
export const several = <T extends string>(words: readonly T[], description: string): Param<T[]> => {
	const one = oneOf(words, description);
	return {
		read: (text, name) => [...new Set(text.split(',').map((word) => one.read(word, name)))],
		description,
		schema: { type: 'string' },
		...(words[0] !== undefined && { example: words[0] })
	};
};

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from './errors.ts';
import { after, bbox, cursor, lang, layerIds, limit, parseQuery, time } from './query.ts';

const params = {
	bbox,
	limit: limit(1_000, 5_000),
	layer: layerIds,
	since: cursor('since'),
	after,
	lang,
	at: time('at')
};
const read = (search: string) => parseQuery(params, new URL(`http://x/?${search}`));

const codeOf = (search: string) => {
	try {
		read(search);
		return 'accepted';
	} catch (error) {
		return error instanceof AppError ? error.code : error;
	}
};

test('what is absent stays undefined, what is unknown is ignored', () => {
	expect(read('utm_source=flyer&limit=7')).toEqual({
		bbox: undefined,
		limit: 7,
		layer: undefined,
		since: undefined,
		after: undefined,
		lang: undefined,
		at: undefined
	});
});

test('a box, a page size and layers are read', () => {
	expect(read('bbox=1.4,43.5,1.5,43.7').bbox).toEqual([1.4, 43.5, 1.5, 43.7]);
	expect(read('bbox=-180,-90,180,90').bbox).toEqual([-180, -90, 180, 90]);
	expect(read('limit=5000').limit).toBe(5_000);
	expect(read('layer=bike,air,bike').layer).toEqual(['bike', 'air']);
	expect(read('layer=bike&layer=air').layer).toEqual(['bike', 'air']);
});

describe('a bad parameter is refused with its code, never guessed', () => {
	test.each([
		...['', '1,2,3', '1,2,3,4,5', 'a,b,c,d', '1,,3,4', 'NaN,0,1,1', '0,0,Infinity,1', '1e1,0,20,1'],
		...['0x1,0,2,1', ' 1,0,2,1', '1.5,43.5,1.4,43.7', '1.4,43.7,1.5,43.5', '-181,0,0,1', '0,0,1,91']
	])('bbox=%s', (text) => expect(codeOf(`bbox=${encodeURIComponent(text)}`)).toBe('query_invalid'));
	test.each([
		...[
			'',
			'0',
			'-1',
			'1.5',
			'abc',
			'1e3',
			'0x10',
			'٣',
			'+5',
			' 5',
			'Infinity',
			'NaN',
			'99999999999'
		]
	])('limit=%s', (text) =>
		expect(codeOf(`limit=${encodeURIComponent(text)}`)).toBe('query_invalid')
	);
	test('limit=5001', () => expect(codeOf('limit=5001')).toBe('limit_exceeded'));
	test('limit twice', () => expect(codeOf('limit=1&limit=2')).toBe('query_invalid'));
	test.each(['', 'bike,', 'Bike', '../etc', 'bike;drop'])('layer=%s', (text) =>
		expect(codeOf(`layer=${encodeURIComponent(text)}`)).toBe('query_invalid')
	);
	test.each(['since=', 'since=%00', `since=${'a'.repeat(129)}`, 'after=A', 'lang=de', 'at=now'])(
		'%s',
		(search) => expect(codeOf(search)).toBe('query_invalid')
	);
});

test('no text makes a reader fail otherwise than with a code', () => {
	const name = fc.constantFrom(...Object.keys(params));
	fc.assert(
		fc.property(name, fc.string({ unit: 'binary' }), (param, text) => {
			const outcome = codeOf(new URLSearchParams([[param, text]]).toString());
			expect(['accepted', 'query_invalid', 'limit_exceeded']).toContain(outcome);
		})
	);
});

import { expect, test } from 'vitest';
import { boxParam, CAPITOLE, listBox, readLayers, readView, viewQuery } from './view.ts';

const known = ['bike', 'parking', 'air', 'weather'];
const params = (text: string) => new URLSearchParams(text);

test.each(['', 'lat=43.6', 'lat=abc&lon=1.4', 'lat=91&lon=1', 'lat=&lon=', 'lat=NaN&lon=1'])(
	'« ?%s » names no view: the Capitole stands',
	(text) => expect(readView(params(text))).toEqual(CAPITOLE)
);

test('a view named in the address is read, a zoom that makes no sense is not', () => {
	expect(readView(params('lat=43.58&lon=1.46&z=16'))).toEqual({ lat: 43.58, lon: 1.46, zoom: 16 });
	expect(readView(params('lat=43.58&lon=1.46&z=99')).zoom).toBe(CAPITOLE.zoom);
});

test('without layers all are chosen; empty means none; unknown names are left aside', () => {
	expect(readLayers(params(''), known)).toEqual(known);
	expect(readLayers(params('layers='), known)).toEqual([]);
	expect(readLayers(params('layers=air,trams,bike'), known)).toEqual(['bike', 'air']);
	expect(readLayers(params('layers=trams'), known)).toEqual(known);
});

test('the list covers a phone’s screen and all that a wider map shows', () => {
	const phone = listBox(CAPITOLE);
	const wide = listBox({ ...CAPITOLE, bbox: [1.4, 43.603, 1.5, 43.606] });
	expect(wide).toEqual([1.4, phone[1], 1.5, phone[3]]);
	expect(boxParam(phone)).toMatch(/^1\.43\d{3},43\.5\d{4},1\.45\d{3},43\.6\d{4}$/);
});

test('a view written as an address is read back as the same view', () => {
	const view = { lat: 43.61, lon: 1.45, zoom: 15.5 };
	const query = viewQuery(view, ['bike'], known);
	expect(query).toBe('?lat=43.61000&lon=1.45000&z=15.5&layers=bike');
	expect(readView(params(query))).toEqual(view);
	expect(viewQuery(CAPITOLE, known, known)).toBe('');
});

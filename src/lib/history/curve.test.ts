import { expect, test } from 'vitest';
import { endOf, readCurve, readWeek, runs, scaled } from './curve.ts';
import { toCsv } from './csv.ts';

const answer = {
	entity: 'bike-test-1',
	attribute: 'availableBikeNumber',
	unit: '',
	t0: '2026-11-21T23:00:00Z',
	step: 900,
	store: 'sqlite',
	mean: [4.5, null, 6],
	min: [4, null, 6],
	max: [5, null, 6],
	n: [2, 0, 1]
};

test('an answer is read, and one that is not whole is not', () => {
	const curve = readCurve(answer);
	expect(curve).toMatchObject({ from: Date.parse(answer.t0), step: 900_000, n: [2, 0, 1] });
	expect(curve && endOf(curve)).toBe(Date.parse('2026-11-21T23:45:00Z'));
	for (const broken of [
		undefined,
		'',
		[],
		{ ...answer, mean: [1] },
		{ ...answer, mean: ['4', null, 6] },
		{ ...answer, n: [2, null, 1] },
		{ ...answer, step: 0 },
		{ ...answer, t0: 'hier' }
	])
		expect(readCurve(broken)).toBeUndefined();
	expect(readWeek({ n: [1], p10: [1], p50: [1], p90: [1] })).toBeUndefined();
});

test('another unit leaves gaps gaps and counts counts', () => {
	const curve = readCurve({ ...answer, mean: [0, null, 2], min: [0, null, 1], max: [0, null, 3] });
	expect(curve && scaled(curve, 3.6)).toMatchObject({ mean: [0, null, 7.2], n: [2, 0, 1] });
});

test('a silence longer than a value stays true parts the line, a shorter one does not', () => {
	const quarter = 900_000;
	expect(runs([1, 2, null, 3], quarter, 600_000)).toEqual([[0, 1], [3]]);
	// An hourly reading in columns of quarters is one line.
	expect(runs([1, null, null, null, 2, null], quarter, 3 * 3_600_000)).toEqual([[0, 4]]);
	expect(runs([null, null], quarter, 0)).toEqual([]);
	expect(runs([0, 0], quarter, 0)).toEqual([[0, 1]]);
});

test('the CSV has the figures on screen, nothing in a gap, and nothing of the hours to come', () => {
	const curve = readCurve(answer);
	const about = { entity: 'bike-test-1', attribute: 'availableBikeNumber', unit: '' };
	const until = Date.parse('2026-11-21T23:20:00Z');
	expect(curve && toCsv(curve, { ...about, until }).split('\r\n')).toEqual([
		'entity,attribute,unit,from,to,mean,min,max,n',
		'bike-test-1,availableBikeNumber,,2026-11-21T23:00:00Z,2026-11-21T23:15:00Z,4.5,4,5,2',
		'bike-test-1,availableBikeNumber,,2026-11-21T23:15:00Z,2026-11-21T23:30:00Z,,,,0',
		''
	]);
});

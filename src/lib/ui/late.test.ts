import { expect, test } from 'vitest';
import { layers } from '../layers/index.ts';
import { lateGroups } from './late.ts';

const source = (
	id: string,
	layer: string,
	attribution: string,
	ok: boolean | undefined,
	since?: number
) => ({
	id,
	layer,
	attribution,
	ok,
	since
});

test('silent sources of one layer and owner are one line, with how many and since when', () => {
	expect(
		lateGroups(
			[
				source('m1', 'weather', 'Toulouse', false, 30),
				source('m2', 'weather', 'Toulouse', false, 20),
				source('m3', 'weather', 'Toulouse', true, 10),
				source('v', 'bike', 'JCDecaux', false, 40),
				source('a', 'air', 'Atmo', undefined)
			],
			['bike', 'air', 'weather'],
			layers
		)
	).toEqual([
		{ layer: 'bike', attribution: 'JCDecaux', late: 1, all: 1, since: 40 },
		{ layer: 'weather', attribution: 'Toulouse', late: 2, all: 3, since: 20 }
	]);
});

test('a layer nobody looks at is not spoken of', () => {
	expect(lateGroups([source('v', 'bike', 'JCDecaux', false, 40)], ['air'], layers)).toEqual([]);
});

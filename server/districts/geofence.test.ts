import fs from 'node:fs';
import path from 'node:path';
import robust from 'robust-point-in-polygon';
import { expect, test } from 'vitest';
import type { Position } from '../../src/lib/geo.ts';
import { silent } from '../log.ts';
import { keepFields } from '../connectors/geography.ts';
import { samples } from '../testing/real.ts';
import { geofence, type District, type Polygon } from './geofence.ts';
import { DistrictMap, officialDistricts } from './map.ts';

const square = (w: number, s: number, e: number, n: number): number[][] => [
	[w, s],
	[e, s],
	[e, n],
	[w, n],
	[w, s]
];
const district = (id: string, polygons: Polygon[]): District => ({
	id,
	name: id,
	center: [0, 0],
	polygons
});

test('a hole belongs to nobody, or to who lies in it; an island to its district', () => {
	const fence = geofence([
		district('quartier-1', [[square(0, 0, 10, 10), square(4, 4, 6, 6)], [square(20, 0, 22, 2)]]),
		district('quartier-2', [[square(4.5, 4.5, 5.5, 5.5)]])
	]);
	expect(fence.find([1, 1])).toBe('quartier-1');
	expect(fence.find([4.2, 5])).toBeUndefined();
	expect(fence.find([5, 5])).toBe('quartier-2');
	expect(fence.find([21, 1])).toBe('quartier-1');
	expect(fence.find([15, 1])).toBeUndefined();
	expect(fence.find([-1, 1])).toBeUndefined();
	expect(fence.find([NaN, 1])).toBeUndefined();
});

test('a point on a shared border is in one district, the first of the list', () => {
	const fence = geofence([
		district('quartier-1', [[square(0, 0, 5, 5)]]),
		district('quartier-2', [[square(5, 0, 10, 5)]])
	]);
	expect(fence.find([5, 2])).toBe('quartier-1');
	expect(fence.find([10, 5])).toBe('quartier-2');
});

test('without borders the nearest centre within 5 km has it, and says that it is approximate', () => {
	const at = (id: string, center: Position): District => ({
		id,
		name: id,
		center,
		polygons: undefined
	});
	const fence = geofence([at('quartier-1', [1.44, 43.6]), at('quartier-2', [1.48, 43.6])]);
	expect(fence.approximate).toBe(true);
	expect(fence.find([1.45, 43.601])).toBe('quartier-1');
	expect(fence.find([1.47, 43.599])).toBe('quartier-2');
	expect(fence.find([1.6, 43.6])).toBeUndefined();
});

test('the bundled city has its 20 quartiers until the official borders come', () => {
	const map = new DistrictMap({
		city: 'toulouse',
		dataDir: '/nowhere',
		clock: Date.now,
		log: silent
	});
	expect(map.fence.districts.map(({ id }) => id)).toEqual(
		Array.from({ length: 20 }, (_, i) => `quartier-${i + 1}`)
	);
	expect(map.fence.approximate).toBe(true);
	expect(map.find([1.4442, 43.6045])).toBe('quartier-1');
});

const folder = samples();

test.skipIf(folder === undefined)(
	'100,000 random points lie where a reference library puts them, on the recorded quartiers and communes',
	() => {
		const read = (file: string, fields: string[]) =>
			keepFields(JSON.parse(fs.readFileSync(path.join(folder ?? '', file), 'utf8')), fields);
		const all = officialDistricts(
			read('toulouse_quartiers-de-democratie-locale.geojson', ['quartier', 'nom_quartier']),
			read('toulouse-metropole_communes.geojson', ['code_insee', 'libelle'])
		);
		expect(all.map(({ id }) => id.split('-')[0])).toEqual([
			...Array<string>(20).fill('quartier'),
			...Array<string>(36).fill('commune')
		]);
		expect(all.some(({ id }) => id === 'commune-31555')).toBe(false);
		const fence = geofence(all);
		let seed = 42;
		const random = () => ((seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31), seed / 2 ** 31);
		// The reference: each ring of each polygon, without a grid. 1 is outside, 0 on the border, -1 inside.
		const open = all.map(({ id, polygons = [] }) => {
			const corners = polygons.flat(2);
			const [xs, ys] = [corners.map(([x = 0]) => x), corners.map(([, y = 0]) => y)];
			const rings = polygons.map((rings) => rings.map((ring) => ring.slice(0, -1) as Position[]));
			return {
				id,
				rings,
				box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const
			};
		});
		const reference = (at: Position) =>
			open.find(({ rings, box: [w, s, e, n] }) => {
				if (at[0] < w || at[0] > e || at[1] < s || at[1] > n) return false;
				return rings.some(
					([outer = [], ...holes]) =>
						robust(outer, at) <= 0 && holes.every((hole) => robust(hole, at) >= 0)
				);
			})?.id;
		const wrong: unknown[] = [];
		for (let i = 0; i < 100_000; i++) {
			const at: Position = [1.19 + random() * 0.46, 43.5 + random() * 0.28];
			const [ours, theirs] = [fence.find(at), reference(at)];
			if (ours !== theirs) wrong.push({ at, ours, theirs });
		}
		expect(wrong).toEqual([]);
	},
	120_000
);

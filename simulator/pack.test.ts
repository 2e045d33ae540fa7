import { expect, test } from 'vitest';
import { distance, inside } from '../src/lib/geo.ts';
import { slug } from '../src/lib/layers/entity.ts';
import { readPack } from './pack.ts';

const { city, places, parkings } = readPack('toulouse');

test('the bundled city has its 20 districts under the official numbers, inside its box', () => {
	expect(city.districts.map(({ id }) => id)).toEqual(
		Array.from({ length: 20 }, (_, i) => `quartier-${i + 1}`)
	);
	for (const { center } of city.districts)
		expect(distance(center, city.center)).toBeLessThan(8_000);
});

test('both metro lines are whole: 18 stations and 20, Jean-Jaurès on both, none far from the next', () => {
	for (const [line, count] of [
		['A', 18],
		['B', 20]
	] as const) {
		const stations = places.filter((p) => p.kind === 'metro' && p.line?.split('/').includes(line));
		expect(stations).toHaveLength(count);
		for (const station of stations) {
			const others = stations.filter((other) => other !== station);
			const nearest = Math.min(...others.map((o) => distance(o.location, station.location)));
			expect(nearest, station.name).toBeLessThan(1_600);
		}
	}
});

test('every place and car park lies inside the city box, and car parks have keys of their own', () => {
	for (const { name, location } of [...places, ...parkings])
		expect(inside(location, city.bbox), name).toBe(true);
	expect(new Set(parkings.map(({ ref }) => ref)).size).toBe(parkings.length);
	for (const { ref } of parkings) expect(ref).toBe(slug(ref));
});

import { expect, test } from 'vitest';
import { readPack } from './pack.ts';
import { bikeSites, inRiver } from './sites.ts';

const pack = readPack('toulouse');

test('the middle of the Garonne is in the river, the Capitole is not', () => {
	const [lon = 0, lat = 0] = pack.rivers[0]?.line[0] ?? [];
	expect(pack.rivers.length).toBeGreaterThan(0);
	expect(inRiver([lon, lat], pack.rivers)).toBe(true);
	expect(inRiver([1.4442, 43.6045], pack.rivers)).toBe(false);
});

test('no simulated bike station stands in the river', () => {
	const wet = bikeSites(31, pack, 300).filter(({ location }) => inRiver(location, pack.rivers));
	expect(wet).toEqual([]);
});

import { geofence, type District } from '../../server/districts/geofence.ts';
import type { Position } from '../../src/lib/geo.ts';

const [SIDE, CORNERS] = [7, 160];
const [WEST, SOUTH, WIDTH, HEIGHT] = [1.2, 43.52, 0.43, 0.25];

/** 49 made-up districts of 640 corners each, wavy and touching: about the borders of the metropole. */
function made(): District[] {
	const [w, h] = [WIDTH / SIDE, HEIGHT / SIDE];
	// A shared border is one and the same curve, walked from either side.
	const along = (x: number, share: number, n: number) =>
		x + 0.12 * Math.sin(share * 19 + n) * Math.sin(share * Math.PI);
	return Array.from({ length: SIDE * SIDE }, (_, i) => {
		const [c, r] = [i % SIDE, Math.floor(i / SIDE)];
		const shares = Array.from({ length: CORNERS }, (_, k) => k / CORNERS);
		const at = (x: number, y: number): [number, number] => [WEST + x * w, SOUTH + y * h];
		const ring = [
			...shares.map((t) => at(c + t, along(r, t, r * SIDE + c))),
			...shares.map((t) => at(along(c + 1, t, 99 + r * SIDE + c + 1), r + t)),
			...shares.map((t) => at(c + 1 - t, along(r + 1, 1 - t, (r + 1) * SIDE + c))),
			...shares.map((t) => at(along(c, 1 - t, 99 + r * SIDE + c), r + 1 - t))
		];
		ring.push(ring[0] ?? [WEST, SOUTH]);
		return {
			id: `quartier-${i + 1}`,
			name: '',
			center: ring[0] ?? [WEST, SOUTH],
			polygons: [[ring]]
		};
	});
}

/** Look-ups of random points per second of one core's CPU. */
export function lookUps(count = 3_000_000): number {
	const fence = geofence(made());
	const points = Array.from({ length: 100_000 }, (): Position => [
		WEST + Math.random() * WIDTH,
		SOUTH + Math.random() * HEIGHT
	]);
	let found = 0;
	const pass = (n: number) => {
		for (let i = 0; i < n; i++) {
			const point = points[i % points.length];
			if (point && fence.find(point) !== undefined) found++;
		}
	};
	pass(200_000); // warm
	const before = process.cpuUsage();
	pass(count);
	const { user, system } = process.cpuUsage(before);
	if (found === 0) throw new Error('no point in any district');
	return count / ((user + system) / 1e6);
}

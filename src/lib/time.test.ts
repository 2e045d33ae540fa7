import { expect, test } from 'vitest';
import { CITY_ZONE, wallClock, zoneClock } from './time.ts';

const HOUR = 3_600_000;

test('the city’s clock is that of the system’s zone data, each hour around each change and each day between', () => {
	for (let year = 1990; year <= 2045; year++) {
		for (let day = 0; day < 366; day += 5) {
			const at = Date.UTC(year, 0, 1 + day, day % 24, 59, 59);
			expect(wallClock(at), new Date(at).toISOString()).toEqual(zoneClock(at, CITY_ZONE));
		}
		for (const month of [2, 9])
			for (let day = 24; day <= 31; day++)
				for (const edge of [HOUR - 1000, HOUR, 2 * HOUR]) {
					const at = Date.UTC(year, month, day) + edge;
					expect(wallClock(at), new Date(at).toISOString()).toEqual(zoneClock(at, CITY_ZONE));
				}
	}
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../calendar.ts';
import { readPack } from '../pack.ts';
import { bikeModel } from './bike.ts';
import { dayOf } from './fleet.ts';
import { createSky, type Sky } from './weather.ts';

const pack = readPack('toulouse');
const zone = 'Europe/Paris';
const sky = (seed: number) => createSky(seed, zone);

test('bikes are conserved: those standing and those on the road are as many at every minute of any days', () => {
	const anyTime = fc.integer({
		min: Date.parse('2025-01-01T00:00:00Z') / MINUTE,
		max: Date.parse('2028-01-01T00:00:00Z') / MINUTE
	});
	fc.assert(
		fc.property(fc.nat(), anyTime, (seed, start) => {
			const model = bikeModel(seed, pack, sky(seed), 60);
			const { docked, moving } = model.total(start * MINUTE);
			for (let minute = start; minute < start + 30 * 60; minute += 13) {
				const now = model.total(minute * MINUTE);
				expect(now.docked + now.moving).toBe(docked + moving);
				let standing = 0;
				model.devices.forEach((_, i) => {
					const v = model.values(i, minute * MINUTE);
					const { availableBikeNumber: bikes, freeSlotNumber: free } = v;
					const [mechanical, electric] = [
						v['availableMechanicalBikeNumber'],
						v['availableElectricBikeNumber']
					];
					expect(Number(mechanical) + Number(electric)).toBe(bikes);
					expect(
						Math.min(Number(mechanical), Number(electric), Number(free))
					).toBeGreaterThanOrEqual(0);
					expect(Number(bikes) + Number(free)).toBeLessThanOrEqual(Number(v['totalSlotNumber']));
					standing += Number(bikes);
				});
				expect(standing).toBe(now.docked);
			}
		}),
		{ numRuns: 15 }
	);
});

test.each(['2026-11-24', '2026-03-29', '2026-10-25'])(
	'no station jumps at the turn of the bike day %s, 23 or 25 hours long or not',
	(date) => {
		const model = bikeModel(7, pack, sky(7), 120);
		const { start } = dayOf(Date.parse(`${date}T12:00:00Z`), zone);
		const bikes = (ms: number) =>
			model.devices.map((_, i) => Number(model.values(i, ms)['availableBikeNumber']));
		const before = bikes(start - MINUTE);
		const after = bikes(start);
		expect(after).toEqual(before);
		expect(model.total(start)).toMatchObject({ moving: 0 });
	}
);

test('a bike day runs from 4 to 4 of the city, whatever the clocks do', () => {
	const hours = (date: string) => {
		const { start, end } = dayOf(Date.parse(`${date}T12:00:00Z`), zone);
		return (end - start) / HOUR;
	};
	expect([hours('2026-11-24'), hours('2026-03-28'), hours('2026-10-24')]).toEqual([24, 23, 25]);
});

test('rain empties the saddles: on the same day fewer bikes are on the road', () => {
	const dry: Sky = { ...sky(7), rain: () => 0 };
	const wet: Sky = { ...sky(7), rain: () => 4 };
	const noon = Date.parse('2026-06-03T10:00:00Z');
	const moving = (weather: Sky) => {
		const model = bikeModel(7, pack, weather, 300);
		let sum = 0;
		for (let ms = noon; ms < noon + 3 * HOUR; ms += 5 * MINUTE) sum += model.total(ms).moving;
		return sum;
	};
	expect(moving(wet)).toBeLessThan(0.4 * moving(dry));
});

test('working days have a morning peak that Sundays have not', () => {
	const model = bikeModel(7, pack, { ...sky(7), rain: () => 0 }, 300);
	const wednesday = Date.parse('2026-06-03T06:30:00Z');
	expect(model.total(wednesday).moving).toBeGreaterThan(
		2 * model.total(wednesday + 4 * DAY).moving
	);
});

import { expect, test } from 'vitest';
import { AUTOSAVE_MS, embedded, intakeAndInflux, mosquittoKilled } from './rounds.ts';

// `npm run soak` does 50 rounds of each and a minute without the database.
const ROUNDS = Number(process.env['CAPITOUL_SOAK_ROUNDS'] ?? 10);
const LONG = ROUNDS > 10;
const PATIENCE_MS = 60_000 + ROUNDS * 15_000;

test(
	`embedded: ${ROUNDS} times kill -9 at 2,000 readings a second, nothing acknowledged is lost, nothing is stored twice`,
	async () => {
		const found = await embedded(ROUNDS);
		expect(found).toMatchObject({ lost: 0, twice: 0, gaps: 0 });
		expect(found.acknowledged).toBe(found.made);
		expect(found.stored).toBe(found.made);
	},
	PATIENCE_MS
);

test(
	`Mosquitto and InfluxDB: intake and database killed ${ROUNDS} times in turn, nothing acknowledged is lost, nothing is stored twice`,
	async (context) => {
		const found = await intakeAndInflux(ROUNDS, LONG ? 60_000 : 5_000);
		if (!found) return context.skip();
		expect(found).toMatchObject({ lost: 0, twice: 0, gaps: 0 });
		expect(found.stored).toBe(found.made);
	},
	PATIENCE_MS
);

test(
	`Mosquitto killed: lost is at most what came since its last save, and every loss is a counted gap`,
	async (context) => {
		const found = await mosquittoKilled(Math.ceil(ROUNDS / 3), 7_000);
		if (!found) return context.skip();
		expect(found.twice).toBe(0);
		expect(found.oldestLostMs).toBeLessThanOrEqual(AUTOSAVE_MS);
		expect(found.gaps).toBe(found.lost);
	},
	PATIENCE_MS
);

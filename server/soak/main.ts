// npm run soak [-- --rounds 50 --away 60 --only embedded,outside,mosquitto]: kills every part at random moments under 2,000
// readings a second and counts what is missing. Ends with 1 where anything acknowledged is lost or stored twice.
import { parseArgs } from 'node:util';
import { AUTOSAVE_MS, embedded, intakeAndInflux, mosquittoKilled } from './rounds.ts';
import type { Account } from './stage.ts';

const { values } = parseArgs({
	options: {
		rounds: { type: 'string', default: '50' },
		away: { type: 'string', default: '60' },
		only: { type: 'string', default: 'embedded,outside,mosquitto' }
	}
});
const rounds = Number(values.rounds);
const awayMs = Number(values.away) * 1_000;
const only = new Set(values.only.split(','));
if (!Number.isInteger(rounds) || rounds < 1 || !(awayMs >= 0)) {
	console.error('npm run soak [-- --rounds 50] [--away 60] [--only embedded,outside,mosquitto]');
	process.exit(64);
}

const table: Record<string, string | number>[] = [];
let good = true;
function tell(
	what: string,
	found: Account | undefined,
	holds: (found: Account) => boolean,
	more = ''
): void {
	if (!found) return;
	const { acknowledged, stored, lost, twice, gaps } = found;
	const held = twice === 0 && holds(found);
	good &&= held;
	table.push({ what, acknowledged, stored, lost, twice, gaps, more, holds: held ? 'yes' : 'NO' });
	console.table(table);
}

if (only.has('embedded'))
	tell(
		`embedded, kill -9 × ${rounds}`,
		await embedded(rounds),
		({ lost, gaps }) => lost + gaps === 0
	);
if (only.has('outside')) {
	const found = await intakeAndInflux(rounds, awayMs);
	const { readings = 0, timesLive = 0 } = found?.backlog ?? {};
	tell(
		`intake and InfluxDB, kill -9 × ${rounds} each, at last ${values.away} s without the database`,
		found,
		({ lost, gaps }) => lost + gaps === 0,
		`backlog of ${readings} written at ${timesLive.toFixed(1)} × the live rate`
	);
}
if (only.has('mosquitto')) {
	const found = await mosquittoKilled(rounds, 7_000);
	tell(
		`Mosquitto as shipped, kill -9 × ${rounds}, the last time without the intake`,
		found,
		({ lost, gaps, oldestLostMs }) => lost === gaps && oldestLostMs <= AUTOSAVE_MS,
		`oldest lost ${found?.oldestLostMs ?? 0} ms before the kill`
	);
}
process.exit(good ? 0 : 1);

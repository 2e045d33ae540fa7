// npm run bench [-- --quick] [-- --only broker,intake,push,districts]: what is measured of us beside its peers, as ratios of one run on one machine.
import { parseArgs } from 'node:util';
import { mosquitto as installedMosquitto } from '../../server/testing/real.ts';
import { lookUps } from './districts.ts';
import { pushTable } from './push.ts';
import { intakeTable } from './tables.ts';
import { embedded, fanOut, idleMemory, mosquitto, plainAedes, several, stall } from './broker.ts';

const { values } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		only: { type: 'string', default: 'broker,intake,push,districts' }
	}
});
const runs = values.quick ? 1 : 3;
const seconds = values.quick ? 4 : 8;
const command = installedMosquitto();
const only = new Set(values.only.split(','));
if (only.has('intake')) await intakeTable(command, values.quick);
if (only.has('push')) await pushTable(values.quick);
if (only.has('districts'))
	console.log(
		`district of a point, look-ups per CPU-second: ${(lookUps() / 1e6).toFixed(2)} million (must: 3)`
	);
if (!only.has('broker')) process.exit(0);

interface Row {
	measure: string;
	ours: string;
	'plain Aedes': string;
	Mosquitto: string;
	budget: string;
}
const rows: Row[] = [];
const none = '–';
const round = (value: number, digits = 0) => value.toFixed(digits);
const times = (a: number, b: number) => `${(a / b).toFixed(2)} ×`;

const fan = (start: Parameters<typeof fanOut>[0]) =>
	several(
		runs,
		() => fanOut(start, { seconds }),
		(result) => result.perCpuSecond
	);
const ours = await fan(embedded);
const aedes = await fan(plainAedes);
const real = command ? await fan(() => mosquitto(command)) : undefined;
rows.push({
	measure: 'one to 200 WebSocket phones, deliveries per broker CPU-second',
	ours: round(ours.perCpuSecond),
	'plain Aedes': `${round(aedes.perCpuSecond)} (ours ${times(ours.perCpuSecond, aedes.perCpuSecond)})`,
	Mosquitto: real
		? `${round(real.perCpuSecond)} (ours ${times(ours.perCpuSecond, real.perCpuSecond)})`
		: none,
	budget: '≥ 2.4 × plain Aedes'
});
rows.push({
	measure: '… share that arrived; p99 in ms',
	ours: `${round(ours.reached, 2)}; ${round(ours.p99)}`,
	'plain Aedes': `${round(aedes.reached, 2)}; ${round(aedes.p99)}`,
	Mosquitto: real ? `${round(real.reached, 2)}; ${round(real.p99)}` : none,
	budget: 'all'
});

const pairs = values.quick ? 1 : 5;
const stalled = async (start: Parameters<typeof stall>[0]) => {
	const { reached, p99, p99Without, ratio, cut } = await stall(start, pairs);
	return `${round(reached, 2)}; ${round(p99, 1)} / ${round(p99Without, 1)} = ${round(ratio, 2)} ×; ${cut}`;
};
rows.push({
	measure: 'one phone stops reading: share of the others; their p99 with / without, ms; cut off',
	ours: await stalled(embedded),
	'plain Aedes': await stalled(plainAedes),
	Mosquitto: command ? await stalled(() => mosquitto(command)) : none,
	budget: 'all; ≤ 1.2 × p99'
});

const idle = (start: Parameters<typeof idleMemory>[0]) =>
	several(
		runs,
		() => idleMemory(start),
		(kib) => kib
	);
const memory = await idle(embedded);
const memoryAedes = await idle(plainAedes);
const memoryReal = command ? await idle(() => mosquitto(command)) : undefined;
rows.push({
	measure: 'memory of an idle phone with 55 filters, KiB',
	ours: round(memory, 1),
	'plain Aedes': `${round(memoryAedes, 1)} (ours ${times(memory, memoryAedes)})`,
	Mosquitto: memoryReal === undefined ? none : round(memoryReal, 1),
	budget: '≤ 0.5 × plain Aedes'
});

console.table(rows);
process.exit(0);

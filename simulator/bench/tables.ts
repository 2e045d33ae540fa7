import { startInflux } from '../../server/testing/influx.ts';
import { several } from './broker.ts';
import { overHttp, type Latency } from './history.ts';
import { missing, ours, oursEmbedded, peer, type PeerName, type Stored } from './intake.ts';

/** Enough that a program which runs for weeks is not measured by its first seconds. */
const MANY = 150_000;

/** DESIGN section 6: ours against each peer, at least. */
const PEERS: Record<PeerName, { words: string; times: number; count: number }> = {
	python: { words: 'Python, one write per point', times: 50, count: 4_000 },
	'node-red': { words: 'Node-RED', times: 15, count: 5_000 },
	'node-late': { words: 'bare Node, late acknowledgement', times: 0.6, count: MANY }
};

interface Row {
	measure: string;
	figure: string;
	ratio: string;
	budget: string;
	holds: string;
}

/** Prints intake per CPU-second beside its peers, then history over HTTP while readings arrive, on both stores. */
export async function intakeTable(command: string | undefined, quick: boolean): Promise<void> {
	const rows: Row[] = [];
	const influx = command === undefined ? undefined : await startInflux();
	const runs = quick ? 1 : 3;
	const best = (once: () => Promise<Stored>) => several(runs, once, (run) => run.perCpuSecond);
	const told = ({ perCpuSecond, lost, count }: Stored) =>
		`${perCpuSecond.toFixed(0)} (lost ${lost} of ${count})`;
	try {
		const inside = await best(() => oursEmbedded(MANY));
		rows.push({
			measure: 'messages stored per CPU-second: embedded, broker and history included',
			figure: told(inside),
			ratio: '',
			budget: '',
			holds: ''
		});
		if (influx && command !== undefined) {
			const own = await best(() => ours(command, influx, MANY));
			rows.push({
				measure: '… our intake between Mosquitto and InfluxDB',
				figure: told(own),
				ratio: '',
				budget: 'nothing lost',
				holds: own.lost === 0 ? 'yes' : 'NO'
			});
			for (const [name, { words, times, count }] of Object.entries(PEERS)) {
				const reason = missing(name as PeerName);
				const stored =
					reason === undefined &&
					(await best(() => peer(name as PeerName, command, influx, count)).catch(
						(error: unknown) => String(error)
					));
				if (typeof stored !== 'object') {
					console.log(`skipped: ${words}: ${reason ?? stored}`);
					continue;
				}
				const ratio = own.perCpuSecond / stored.perCpuSecond;
				rows.push({
					measure: `… ${words}`,
					figure: told(stored),
					ratio: `ours ${ratio.toFixed(2)} ×`,
					budget: `≥ ${times} ×`,
					holds: ratio >= times ? 'yes' : 'NO'
				});
			}
		}
		for (const [store, server, day] of [
			['node:sqlite', undefined, 15],
			['InfluxDB', influx, 50]
		] as const) {
			if (store === 'InfluxDB' && !server) continue;
			const found = await overHttp(server);
			const figure = ({ p50, p95 }: Latency) =>
				`p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`;
			rows.push({
				measure: `history over HTTP while 500 messages/s arrive, ${store}: 24 h of a sensor`,
				figure: figure(found.day),
				ratio: `${(found.day.p95 / day).toFixed(2)} of the budget`,
				budget: `p95 ≤ ${day} ms`,
				holds: found.day.p95 <= day ? 'yes' : 'NO'
			});
			rows.push({
				measure: `… 7 days of a sensor`,
				figure: figure(found.week),
				ratio: '',
				budget: '',
				holds: ''
			});
		}
	} finally {
		await influx?.remove();
	}
	console.table(rows);
}

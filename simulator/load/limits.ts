import { cores } from './chart.ts';
import { CITY, KINDS, words } from './kinds.ts';
import { PROMISES, type PromiseName } from './promises.ts';
import { figure, searchOf, type Results, type SearchResult, type Searched } from './results.ts';

const n = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number | undefined) =>
	value === undefined ? '–' : value < 10 ? value.toFixed(1) : n(value);

const NAMES: Record<Searched, string> = {
	readings: 'readings/s',
	phones: 'phones',
	history: 'history queries/s',
	direct: 'readings/s, Mosquitto direct'
};
const PARTS = ['mosquitto', 'influxdb', 'intake', 'frames', 'districts', 'web', 'nginx', 'load'];

const shapeOf = (found: SearchResult) => words(found);

/** What gave first, in words, with the figure it gave at. */
export function first(found: SearchResult): string {
	const { broke, ended } = found;
	if (!broke)
		return ended === 'time'
			? 'nothing before the time was over'
			: 'nothing up to the most that is asked for';
	const told = found.first.map((name: PromiseName) => {
		const { limit, words } = PROMISES[name];
		const value = broke.measured[name as keyof typeof broke.measured];
		if (name === 'stored') return `${words}: ${n(broke.measured.missing)} not there in time`;
		if (limit === 0) return words;
		return `${words}: ${ms(value)} ms (≤ ${n(limit)})`;
	});
	return `${told.join('; ')} at ${n(broke.level)} ${KINDS[found.what].unit}`;
}

/** The measured gain of a second process of a role; undefined where one of the two is missing. */
export function gain(results: Results, what: Searched, intakes: number, webs: number) {
	const one = figure(searchOf(results, what));
	const two = searchOf(results, what, intakes, webs);
	return one > 0 && two ? figure(two) / one : undefined;
}

export const gains = (results: Results) =>
	[
		{ what: 'readings' as const, part: 'intake', times: gain(results, 'readings', 2, 1) },
		{ what: 'phones' as const, part: 'web process', times: gain(results, 'phones', 1, 2) },
		{ what: 'history' as const, part: 'web process', times: gain(results, 'history', 1, 2) }
	]
		.flatMap(({ times, ...rest }) => (times === undefined ? [] : [{ ...rest, times }]))
		.sort((a, b) => b.times - a.times);

const table = (head: string[], rows: string[][]) =>
	[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function usedAt(found: SearchResult): string[] {
	const { used = {} } = found.held ?? found.broke ?? {};
	return PARTS.map((part) => {
		const of = used[part];
		return of ? `${of.cores.toFixed(2)} / ${n(of.mib)}` : '–';
	});
}

/** Sizing for ten times Toulouse: the share of a core and the memory each part takes, carried over from what was measured. */
function sizing(results: Results): string {
	const readings = searchOf(results, 'readings')?.held;
	const phones = searchOf(results, 'phones')?.held;
	if (results.quick) return 'A quick run carries nothing over.';
	if (!readings || !phones)
		return 'This run found no load at which every promise holds: nothing to carry over.';
	const wanted = CITY * 10;
	const times = wanted / readings.measured.sent;
	const rows = ['mosquitto', 'influxdb', 'intake', 'frames', 'districts'].map((part) => {
		const used = readings.used[part];
		return [part, used ? (used.cores * times).toFixed(2) : '–', used ? n(used.mib) : '–'];
	});
	const perPhone = (part: string) => {
		const used = phones.used[part];
		return used ? ((used.cores / phones.level) * 1_000).toFixed(2) : '–';
	};
	return `${table(['part', `cores at ${n(wanted)} readings/s`, 'MiB as measured'], rows)}

Carried over in proportion from ${n(readings.measured.sent)} readings/s (× ${times.toFixed(2)}); a part that comes near 1 core needs a second
process or host before that: Mosquitto and every process of ours use one. Each 1,000 phones take ${perPhone('web')} cores of web processes and
${perPhone('nginx')} of nginx (${n(phones.measured.deliveries / phones.level)} frames a second for a phone whose view holds about 40 cells). Memory follows sockets: a phone is two in a web process, two in nginx, one in Mosquitto.`;
}

/** \`docs/limits.md\`: what a run of \`npm run load\` found. */
export function limits(results: Results): string {
	const { machine, searches, peers } = results;
	const whole = searches.filter(({ what }) => what !== 'direct');
	const base = searchOf(results, 'readings');
	const direct = searchOf(results, 'direct', 0, 0);
	const found = gains(results);
	const peerRows = peers?.found.map(({ name, perCpuSecond, lost, count }) => [
		name,
		n(perCpuSecond),
		`${n(lost)} of ${n(count)}`
	]);
	return `# Limits

Made by \`npm run load\` from \`limits.json\`; do not edit. ${results.date.slice(0, 16).replace('T', ' ')} UTC, command \`${results.command}\`, ${n(results.tookSeconds)} s.
Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; ${results.engines.join(', ')}.
Load average when it began: ${results.loadAverage}.${results.quick ? ' **A quick run with a small load: it shows that the search works, and is no measurement.**' : ''}
The load itself runs on the same cores (column « load »): on machines of their own the parts bear more.

## Where the promises still hold

${table(
	['looked for', 'shape', 'every promise holds up to', 'what gives first'],
	whole.map((each) => [NAMES[each.what], shapeOf(each), n(figure(each)), first(each)])
)}

![Readings a second against latency and CPU](limits.svg)

## What each part takes at that load (cores / MiB)

${table(
	['search', 'shape', ...PARTS],
	searches.map((each) => [NAMES[each.what], shapeOf(each), ...usedAt(each)])
)}

## How it is measured

Real Mosquitto (TLS listener, credentials, shipped rights and queue), InfluxDB and nginx (TLS 1.3, shipped file and limits) start
from the files in \`deploy/\`, ports and paths put in their place; ours are \`server/main.ts --only intake | frames | districts | web\`, a
process each, from certificates and secrets of \`npm run setup\`. ${n(results.devices)} devices over TLS, each with its own credential, share the rate (four
numbers, a place and a sequence, QoS 1), open loop: who is not acknowledged does not slow the others. Phones come over wss
through nginx, each from an address of its own (limits per address hold as shipped), with the cells of a screen of 390 × 844 at zoom 14.

A search doubles the load until a promise breaks, then halves the interval twice; a step is 1.5 s to warm up and ${results.seconds} s measured, then
the load stops until all acknowledged is counted in InfluxDB (at most 20 s). The precision is that of the last interval. Promises:

${Object.values(PROMISES)
	.map(({ words, limit }) => `- ${words}${limit > 0 ? ` ≤ ${n(limit)} ms` : ''}`)
	.join('\n')}

Readings are searched with ${results.quick ? 10 : 50} phones; phones and history with ${n(results.quick ? CITY / 5 : CITY)} readings/s (5,000 sensors, one reading each ten seconds${results.quick ? ', a fifth of it here' : ''}).
« Quiet » are 16 sensors in cells of their own; « queryable » asks HTTP for a reading just sent until the answer has it; « frames » are stamped
as they are published. History is closed loop: each client asks as soon as it has its answer, another range each time. Two intakes
share one group (\`MQTT_SHARE_GROUP\`), two web processes stand behind one nginx; these searches begin at half of what one did.

### Every step of the readings

${table(
	[
		'readings/s',
		'stored late or lost',
		'queryable p99',
		'quiet p99',
		'frames p99',
		'PUBACK p99',
		'deliveries/s',
		'cores of the stack',
		'breaks'
	],
	(base?.steps ?? []).map((step) => {
		const m = step.measured;
		return [
			n(step.level),
			n(m.missing),
			ms(m.queryable),
			ms(m.quiet),
			ms(m.frames),
			ms(m.puback),
			n(m.deliveries),
			cores(step).toFixed(2),
			step.broken.join(', ') || '–'
		];
	})
)}

## Beside others

Mosquitto direct (the same devices, one subscriber, no processing, nothing stored): ${direct ? `${n(direct.edge)} readings/s; ${first(direct)}` : 'not measured'}.

${
	peerRows
		? `${table(['in the place of the intake', 'readings stored per second of its CPU', 'lost'], peerRows)}

Measured ${peers?.date.slice(0, 10)} as \`npm run bench -- --only intake\` does: flood between Mosquitto and InfluxDB, every process alone.`
		: 'The peers (Python with one write per point, Node-RED, bare Node) are measured by `npm run load -- --peers` or `npm run bench -- --only intake`; not in this run.'
}

## Scaling, in the order of measured gain

${
	found.length > 0
		? found
				.map(
					({ what, part, times }, i) =>
						`${i + 1}. A second ${part}: × ${times.toFixed(2)} ${NAMES[what]}.`
				)
				.join('\n')
		: 'This run measured no gain.'
}

All on one machine of ${machine.cores} cores: where these are full already, a second process cannot gain (near × 1.0, or below it), and the part that is full
goes to a host of its own first. Inside the program, before more processes: writes in batches, districts looked up behind a grid, one
frame per cell and second, acknowledgement after the commit (docs/decisions).

1. The part with the most cores in the table above gets a host of its own: an address in the environment, nothing else.
2. More web processes: they keep nothing of their own; nginx shares phones and requests out.
3. More intakes in one group: a sensor may be read by any of them, history and \`state/\` come out the same.
4. Mosquitto is one thread: when it is full, bridge \`live/#\` to a second broker for phones, devices stay on the first.

## Ten times Toulouse

50,000 sensors, one reading each ten seconds: ${n(CITY * 10)} readings/s.

${sizing(results)}

## From a city to a region

1. **Broker**: a cluster (EMQX, HiveMQ, VerneMQ) in the place of Mosquitto: \`MQTT_URL\`, the same accounts; rights come from \`server/broker/rights.ts\`
   in the cluster's own form. Intakes use MQTT shared subscriptions (\`$share/…\`), which all three have; retained \`state/\` must be replicated.
2. **Intakes**: as many as needed in one group, on several hosts; each keeps its spool on its own disk.
3. **Frames, districts**: by layer or by city, one process each; a cell belongs to one of them.
4. **History**: InfluxDB clustered (Enterprise, Cloud or 3), one bucket per city; \`INFLUX_URL\`, \`INFLUX_BUCKET\`.
5. **Reports, alerts, subscriptions**: PostgreSQL managed with a replica, by \`DATABASE_URL\`.
6. **Web**: processes per site behind the load balancer that is there; files with a hash in their name go to its cache.

None of these six was measured here: they are the plan, each is a change of addresses and of the shape, not of the code.
`;
}

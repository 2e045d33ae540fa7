// npm run load [-- --quick] [--seconds N] [--from R] [--peers] [--out DIR] [--render]: how much the stack bears before a promise breaks.
// Real Mosquitto (TLS), InfluxDB and nginx from the shipped files, our processes by role, on loopback; ends by itself.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mosquitto } from '../../server/testing/real.ts';
import { limits } from './limits.ts';
import { chapter } from './chapter.ts';
import { chart } from './chart.ts';
import { peersNow } from './peers.ts';
import { words } from './kinds.ts';
import { searches } from './plan.ts';
import { figure, type Results } from './results.ts';
import type { Step } from './step.ts';
import { endAll } from './usage.ts';

const USAGE =
	'npm run load [-- --quick] [--seconds N] [--from R] [--devices N] [--minutes M] [--peers] [--out DIR] [--render]';
const root = path.resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
	options: {
		quick: { type: 'boolean', default: false },
		seconds: { type: 'string' },
		from: { type: 'string' },
		devices: { type: 'string' },
		minutes: { type: 'string' },
		peers: { type: 'boolean', default: false },
		out: { type: 'string' },
		render: { type: 'boolean', default: false }
	}
});
const { quick } = values;
const number = (given: string | undefined, otherwise: number) => Number(given ?? otherwise);
const seconds = number(values.seconds, quick ? 2 : 5);
const from = number(values.from, 500);
const devices = number(values.devices, quick ? 100 : 500);
const minutes = number(values.minutes, quick ? 3 : 7.5);
for (const value of [seconds, from, devices, minutes])
	if (!(value > 0 && value < 1e6)) {
		console.error(USAGE);
		process.exit(64);
	}

// A quick run shows that it works; its figures replace none.
const out = path.resolve(
	values.out ?? (quick ? path.join(root, '.test-results/load') : path.join(root, 'docs'))
);
const file = path.join(out, 'limits.json');
const before = fs.existsSync(file)
	? (JSON.parse(fs.readFileSync(file, 'utf8')) as Results)
	: undefined;

function write(results: Results): void {
	const rapport = path.join(out, 'rapport');
	fs.mkdirSync(rapport, { recursive: true });
	fs.writeFileSync(file, `${JSON.stringify(results, null, '\t')}\n`);
	fs.writeFileSync(path.join(out, 'limits.md'), limits(results));
	fs.writeFileSync(path.join(out, 'limits.svg'), chart(results));
	fs.writeFileSync(path.join(rapport, '12-charge.md'), chapter(results));
	fs.writeFileSync(path.join(rapport, 'charge.svg'), chart(results));
	console.log(`written: limits.json, limits.md, limits.svg, rapport/12-charge.md in ${out}`);
}

process.on('exit', endAll);
for (const error of ['uncaughtException', 'unhandledRejection'] as const)
	process.on(error, (reason: unknown) => {
		console.error(reason);
		process.exit(1);
	});
// Whatever hangs, it ends.
const patience = setTimeout(
	() => {
		console.error('load: not done in time');
		process.exit(1);
	},
	(minutes + 2) * 60_000
);
patience.unref();

/** The peers as they are now where they were asked for and can be, else as they were. */
async function peersMeasured(): Promise<Results['peers']> {
	const command = mosquitto();
	if (!values.peers || command === undefined) return before?.peers;
	return { date: new Date().toISOString(), found: await peersNow(command) };
}

// What was measured before is written anew; with `--peers`, beside peers measured now.
if (values.render) {
	if (!before) {
		console.error(`--render: there is no ${file}`);
		process.exit(64);
	}
	write({ ...before, peers: await peersMeasured() });
	process.exit(0);
}

const first = (command: string, ...args: string[]) => {
	try {
		return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	} catch (error) {
		return (error as { stdout?: string }).stdout ?? '';
	}
};
const engines = () => [
	/mosquitto version [\d.]+/.exec(first('/usr/sbin/mosquitto', '-h'))?.[0] ?? 'mosquitto',
	/InfluxDB v?[\d.]+/.exec(first('influxd', 'version'))?.[0] ?? 'InfluxDB 1.x',
	`nginx ${/nginx\/([\d.]+)/.exec(first('sh', '-c', '/usr/sbin/nginx -v 2>&1'))?.[1] ?? ''}`.trim()
];

const ms = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(0)} ms`);
function tell(what: string, { measured: m, broken, used }: Step): void {
	const cores = Object.entries(used)
		.map(([name, { cores }]) => `${name} ${cores.toFixed(2)}`)
		.join(', ');
	console.log(
		`${what} · sent ${m.sent.toFixed(0)}/s, missing ${m.missing}, queryable ${ms(m.queryable)}, quiet ${ms(m.quiet)}, frames ${ms(m.frames)}, ` +
			`PUBACK ${ms(m.puback)}, phones ${m.phonesOpen}, ${m.deliveries.toFixed(0)} deliveries/s, ${m.queries.toFixed(0)} queries/s ${ms(m.history)} · ` +
			`${cores} · ${broken.length > 0 ? `breaks: ${broken.join(', ')}` : 'holds'}`
	);
}

const begun = performance.now();
const load = Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
const found = await searches({
	quick,
	timing: { warmMs: 1_500, seconds },
	devices,
	from,
	deadline: begun + minutes * 60_000,
	tell
});
if (!found) process.exit(0);
const peers = await peersMeasured();
const results: Results = {
	date: new Date().toISOString(),
	command: [
		'npm run load',
		...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])
	].join(' '),
	quick,
	seconds,
	tookSeconds: Math.round((performance.now() - begun) / 1_000),
	devices,
	machine: {
		cpu: os.cpus()[0]?.model.trim() ?? '?',
		cores: os.availableParallelism(),
		memoryGiB: Math.round((os.totalmem() / 2 ** 30) * 10) / 10,
		system: `${os.type()} ${os.release()}`,
		node: process.version
	},
	engines: engines(),
	loadAverage: load,
	searches: found,
	peers
};
console.table(
	found.map((each) => ({
		'looked for': each.what,
		shape: words(each),
		holds: figure(each),
		'what gives first': each.first.join(', ') || `nothing (${each.ended})`
	}))
);
write(results);
process.exit(0);

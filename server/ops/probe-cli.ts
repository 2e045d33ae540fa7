// npm run probe -- --id ID [--password-file FILE] [--url URL] [--count N] [--every SECONDS] [--metrics-port PORT]
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseId } from '../../src/lib/layers/entity.ts';
import { register } from '../../src/lib/layers/index.ts';
import { probeFigures } from './figures.ts';
import { createMetrics } from './metrics.ts';
import { listenForOps } from './listener.ts';
import { certificateEnd, Probe } from './probe.ts';

const USAGE = `npm run probe -- --id weather-sonde-1   sends readings as that device, hears them as a phone, prints the time between
  --password-file FILE     the device's password (or PROBE_PASSWORD); npm run device -- add makes one
  --url URL                where the app answers (http://127.0.0.1:3000)
  --count N                readings (20); with --metrics-port as many as come
  --every SECONDS          pause between them (2)
  --metrics-port PORT      goes on until it is stopped, and tells Prometheus`;

const PATIENCE_MS = 10_000;
const CERTIFICATE_EVERY = 100; // rounds: it does not change by the minute

function fail(problem: string): never {
	console.error(`probe: ${problem}\n${USAGE}`);
	process.exit(64);
}

const { values } = parseArgs({
	options: {
		id: { type: 'string' },
		'password-file': { type: 'string' },
		url: { type: 'string', default: 'http://127.0.0.1:3000' },
		count: { type: 'string', default: '20' },
		every: { type: 'string', default: '2' },
		'metrics-port': { type: 'string' },
		help: { type: 'boolean', default: false }
	}
});
if (values.help) {
	console.log(USAGE);
	process.exit(0);
}
const { id = '' } = values;
const layer = register().get(parseId(id)?.layer ?? '');
if (!layer) fail(`--id must be a device's: ${id}`);
const file = values['password-file'];
const password = file ? fs.readFileSync(file, 'utf8').trim() : process.env['PROBE_PASSWORD'];
if (!password) fail('a password is needed');
if (!URL.canParse(values.url)) fail(`--url is no address: ${values.url}`);
const url = new URL(values.url);
const forever = values['metrics-port'] !== undefined;
const count = forever ? Infinity : Number(values.count);
const everyMs = Number(values.every) * 1000;
if (!(count > 0) || !(everyMs >= 1000)) fail('--count is 1 or more, --every a second or more');

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

// In the sea off Africa, where no phone of a city looks.
const probe = await Probe.open({
	...{ url, layer, id, password },
	location: [0, 0],
	patienceMs: PATIENCE_MS
});
let certificate: number | undefined;
let closeOps: (() => Promise<void>) | undefined;
if (forever) {
	const metrics = createMetrics();
	probeFigures(metrics, probe, () => certificate);
	closeOps = await listenForOps(Number(values['metrics-port']), process.env['HOST'] ?? '0.0.0.0', {
		health: () => ({ ready: true, checks: [] }),
		metrics: () => metrics.text()
	});
}
const delays: number[] = [];
for (let round = 0; round < count && !stop.signal.aborted; round++) {
	if (round % CERTIFICATE_EVERY === 0) certificate = await certificateEnd(url);
	const seconds = await probe.once(stop.signal);
	if (!forever) {
		if (seconds !== undefined) delays.push(seconds);
		console.log(seconds === undefined ? 'lost' : `${Math.round(seconds * 1000)} ms`);
	}
	if (round + 1 < count) await pause(everyMs, undefined, { signal: stop.signal }).catch(() => {});
}
await probe.close();
await closeOps?.();
if (!forever) {
	delays.sort((a, b) => a - b);
	const at = (share: number) =>
		`${Math.round((delays[Math.ceil(share * delays.length) - 1] ?? NaN) * 1000)} ms`;
	console.log(
		`${probe.sent} sent, ${probe.lost} lost; median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`
	);
}
process.exit(probe.lost > 0 && !forever ? 1 : 0);

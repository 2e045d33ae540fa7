// Devices over TLS with their own credentials, open loop: node devices.ts '{"port","ca","ids","password"}'.
// Messages: {"rate"}, "mark", "tell", "stop"; each is answered.
import fs from 'node:fs';
import { formatTime } from '../../src/lib/time.ts';
import { topics } from '../../src/lib/topics.ts';
import { BenchClient, publishQos1 } from '../bench/mqtt.ts';
import { deviceId, place } from './city.ts';
import { quantile } from './promises.ts';

const { port, ca, count, password } = JSON.parse(process.argv[2] ?? '{}') as {
	port: number;
	ca: string;
	count: number;
	password: string;
};
/** Unacknowledged at most, per device: one that waits for so many measures no more, and the pace is not held. */
const WINDOW = 100;
const AT_ONCE = 16;
const TICK_MS = 5;

interface Device {
	client: BenchClient;
	topic: string;
	where: string;
	/** When each unacknowledged was sent: PUBACKs come in order. */
	waiting: number[];
	sequence: number;
	last: number;
}
const authority = fs.readFileSync(ca);
const devices: Device[] = [];
let told = { sent: 0, acknowledged: 0, skipped: 0 };
let took: number[] = [];

async function open(n: number): Promise<void> {
	const id = deviceId(n);
	const client = await BenchClient.open(
		port,
		false,
		id,
		{ username: id, password },
		{ ca: authority }
	);
	const [lon, lat] = place(n);
	const device: Device = {
		client,
		topic: topics.raw('air', id),
		where: `"location":{"type":"Point","coordinates":[${lon.toFixed(6)},${lat.toFixed(6)}]},`,
		waiting: [],
		sequence: 0,
		last: 0
	};
	client.onPuback = () => {
		const sent = device.waiting.shift();
		if (sent === undefined) return;
		told.acknowledged++;
		took.push(performance.now() - sent);
	};
	devices[n] = device;
}
for (let n = 0; n < count; n += AT_ONCE)
	await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, i) => open(n + i)));

function measure(device: Device): void {
	if (device.waiting.length >= WINDOW || device.client.socket.destroyed) {
		told.skipped++;
		return;
	}
	// History names a reading by its time: each has its own.
	const t = (device.last = Math.max(Date.now(), device.last + 1));
	const n = ++device.sequence;
	const x = (n * 7_919) % 1_000;
	const payload =
		`{"dateObserved":"${formatTime(t)}",${device.where}"no2":${(5 + x / 50).toFixed(2)},"o3":${(10 + x / 30).toFixed(2)},` +
		`"pm10":${(12 + x / 100).toFixed(2)},"pm25":${(20 + (x % 10)).toFixed(2)},"sequence":${n}}`;
	device.waiting.push(performance.now());
	told.sent++;
	device.client.send(publishQos1(device.topic, Buffer.from(payload), (n % 65_535) + 1));
}

let rate = 0;
let begun = performance.now();
let made = 0;
let turn = 0;
setInterval(() => {
	const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
	for (; made < due; made++) {
		const device = devices[turn++ % devices.length];
		if (device) measure(device);
	}
}, TICK_MS);

process.on('message', (asked: { rate: number } | 'mark' | 'tell') => {
	if (asked === 'mark') {
		took = [];
		told = { ...told, sent: 0, skipped: 0 };
		process.send?.({});
	} else if (asked === 'tell') {
		const now = performance.now();
		// Those still waiting count with their age: a broker that stops answering is not fast.
		const waiting = devices.flatMap((device) => device.waiting.map((sent) => now - sent));
		process.send?.({
			...told,
			waiting: waiting.length,
			puback: quantile([...took, ...waiting.filter((age) => age > 1_000)], 0.99)
		});
	} else {
		rate = asked.rate;
		made = 0;
		begun = performance.now();
		process.send?.({});
	}
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: devices.length });

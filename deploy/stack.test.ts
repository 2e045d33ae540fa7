import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PREFIX, topics } from '../src/lib/topics.ts';
import { InfluxClient } from '../server/history/influx-client.ts';
import { SoakDevices, until } from '../server/soak/devices.ts';
import { startStack } from '../server/testing/stack.ts';

// Two web processes, two intakes, real Mosquitto, InfluxDB and nginx from the shipped files: each part is killed in turn
// while devices measure and a phone watches through nginx.
const IDS = Array.from({ length: 8 }, (_, i) => `bike-stack-${i + 1}`);
const PASSWORD = 'only-for-the-soak';
const RECOVERY_MS = 10_000;

type Stack = NonNullable<Awaited<ReturnType<typeof startStack>>>;
let stack: Stack | undefined;
let ca: Buffer;
beforeAll(async () => {
	stack = await startStack(Object.fromEntries(IDS.map((id) => [id, PASSWORD])));
	if (stack) ca = fs.readFileSync(path.join(stack.tls, 'ca.crt'));
}, 60_000);
afterAll(() => stack?.remove());

function phone(
	{ nginx }: Stack,
	filter: string
): { client: MqttClient; heard: { at: number; count: number } } {
	const heard = { at: 0, count: 0 };
	const client = mqtt.connect(`${nginx.url.replace('https', 'wss')}/mqtt`, {
		protocolVersion: 4,
		ca,
		reconnectPeriod: 1_000,
		connectTimeout: 5_000,
		wsOptions: { ca, origin: nginx.url }
	});
	client.on('error', () => {});
	client.on('connect', () => client.subscribe(filter, { qos: 0 }));
	client.on('message', (_topic, _payload, { retain }) => {
		heard.count++;
		if (!retain) heard.at = Date.now();
	});
	return { client, heard };
}

/** Tells where each device stands, so that it has a cell. */
async function place(url: URL, ca: Buffer): Promise<void> {
	for (const [i, id] of IDS.entries()) {
		const device = await mqtt.connectAsync(url.href, {
			username: id,
			password: PASSWORD,
			ca,
			protocolVersion: 4
		});
		const location = { type: 'Point', coordinates: [1.44 + i / 100, 43.6] };
		const payload = { dateObserved: new Date().toISOString(), name: id, location };
		await device.publishAsync(topics.raw('bike', id), JSON.stringify(payload), { qos: 1 });
		await device.endAsync();
	}
}

test('any one part is killed: nothing accepted is lost or doubled, phones see fresh values within 10 s', async (context) => {
	if (!stack) return context.skip();
	const whole = stack;
	const { intakes, webs, frames, mosquitto, influx, nginx } = whole;
	// nginx shares them out between the two web processes.
	const phones = Array.from({ length: 4 }, () => phone(whole, `${PREFIX}/live/#`));
	const guest = phone(stack, `$share/capitoul/${PREFIX}/raw/+/+`);
	await place(stack.deviceUrl, ca);
	const devices = new SoakDevices(stack.deviceUrl, IDS, 200, path.join(stack.tls, 'ca.crt'));
	try {
		await devices.take(200);
		const parts = {
			'intake-1': intakes[0],
			'web-1': webs[0],
			'intake-2': intakes[1],
			'web-2': webs[1],
			frames
		};
		const slowest: Record<string, number> = {};
		for (const [name, part] of Object.entries(parts)) {
			await part.kill();
			const killed = Date.now();
			await devices.take(50); // what is left takes readings
			if (part === frames) part.start(); // the only one of its name: Compose starts it again
			await until(
				() => phones.every(({ client, heard }) => client.connected && heard.at > killed + 500),
				`fresh frames on every phone after ${name} was killed`,
				RECOVERY_MS
			);
			slowest[name] = Date.now() - killed;
			if (part !== frames) part.start();
			await part.ready();
		}
		await influx.kill();
		await devices.take(100);
		await influx.start();
		// Mosquitto keeps what it acknowledged in memory for at most its autosave; here the intakes have taken it all.
		await pause(1_000);
		console.log('phone fresh again after ms:', JSON.stringify(slowest));
		await devices.drain();

		const client = new InfluxClient(influx.url, {
			token: undefined,
			username: 'admin',
			password: 'admin'
		});
		const made = devices.all.reduce((sum, each) => sum + each.made.length, 0);
		let stored = 0;
		await until(
			async () => {
				const tables = await client.query(
					'capitoul',
					'SELECT count("availableBikeNumber") FROM "bike" GROUP BY "entity"'
				);
				stored = tables.reduce((sum, { values }) => sum + Number(values[0]?.[1] ?? 0), 0);
				return stored >= made;
			},
			`${made} readings in InfluxDB (${stored})`,
			60_000
		);
		// Each reading has a time of its own: equal counts and equal values mean each one is there once.
		expect(stored).toBe(made);
		for (const { id, made } of devices.all) {
			const [table] = await client.query(
				'capitoul',
				'SELECT "availableBikeNumber" FROM "bike" WHERE "entity" = $id',
				{ id }
			);
			const rows = new Map(table?.values.map(([t, v]) => [Number(t), Number(v)]));
			expect(
				made.filter(({ t, v }) => rows.get(t) !== v),
				id
			).toEqual([]);
		}
		expect(guest.client.connected).toBe(true);
		expect(guest.heard.count).toBe(0);
	} finally {
		for (const { client } of phones) client.end(true);
		guest.client.end(true);
		await devices.end();
	}
	await mosquitto.kill();
	await mosquitto.start();
	await until(
		async () =>
			(
				await Promise.all(
					[...intakes, ...webs].map(async ({ opsPort }) => {
						const health = (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json()) as {
							status?: string;
						};
						return health.status;
					})
				)
			).every((status) => status === 'ok' || status === 'ready'),
		'everybody to find the broker again',
		RECOVERY_MS
	);
	expect(nginx.port).toBeGreaterThan(0);
}, 180_000);

test('a web process keeps no history of its own', (context) => {
	if (!stack) return context.skip();
	for (const { dataDir } of stack.webs) expect(fs.readdirSync(dataDir)).not.toContain('history.db');
});

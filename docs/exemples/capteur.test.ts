import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectBroker } from '../../server/broker/client.ts';
import type { Message } from '../../server/broker/port.ts';
import { silent } from '../../server/log.ts';
import { DEVICE_PASSWORD, startApp } from '../../server/testing/app.ts';
import { startMosquitto } from '../../server/testing/mosquitto.ts';
import { mosquitto, real } from '../../server/testing/real.ts';
import { parseTime } from '../../src/lib/time.ts';

const ID = 'parking-moi-1';
const PASSWORD = 'un mot de passe';
const TOPIC = `capitoul/v1/raw/parking/${ID}`;
const VALUES = { name: 'Mon parking', availableSpotNumber: 42, totalSpotNumber: 100 };

/** The first Python that knows paho-mqtt: Debian's package serves the system's own. */
function python(): string | undefined {
	for (const command of ['python3', '/usr/bin/python3'])
		if (spawnSync(command, ['-c', 'import paho.mqtt.client']).status === 0) return command;
	return real('Python with paho-mqtt', 'python3-paho-mqtt');
}

const engine = python();
const broker = mosquitto();

async function sensor(port: number, password: string, env: Record<string, string> = {}) {
	const script = path.join(import.meta.dirname, 'capteur.py');
	const child = spawn(engine ?? '', [script, ID, password, JSON.stringify(VALUES)], {
		env: { PATH: process.env['PATH'], MQTT_PORT: String(port), ...env }
	});
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	return { code, output };
}

test.skipIf(!engine || !broker)(
	'the Python sensor publishes its payload to real Mosquitto and prints the PUBACK; a wrong password gets none',
	async () => {
		const mosquitto = await startMosquitto(broker ?? '', { devices: { [ID]: PASSWORD } });
		const intake = await connectBroker({
			mqtt: {
				url: new URL(`mqtt://127.0.0.1:${mosquitto.port}`),
				username: 'intake',
				password: mosquitto.accounts['intake'],
				ca: undefined
			},
			account: 'intake',
			log: silent
		});
		try {
			const got: Message[] = [];
			await intake.subscribe('capitoul/v1/raw/+/+', (message) => got.push(message), { qos: 1 });
			const refused = await sensor(mosquitto.port, 'un autre', { PATIENCE: '1' });
			expect(refused.code).toBe(1);
			expect(refused.output).not.toContain('PUBACK');
			const { code, output } = await sensor(mosquitto.port, PASSWORD);
			expect(output).toContain(`PUBACK 1 ${TOPIC}`);
			expect(code).toBe(0);
			await expect.poll(() => got.length).toBe(1);
			expect(got[0]?.topic).toBe(TOPIC);
			const payload = JSON.parse(String(got[0]?.payload)) as Record<string, unknown>;
			expect(payload).toMatchObject(VALUES);
			expect(parseTime(String(payload['dateObserved']))).toBeLessThanOrEqual(Date.now());
		} finally {
			await intake.close();
			await mosquitto.stop();
		}
	}
);

test.skipIf(!engine)(
	'what the Python sensor had acknowledged by the app is in its API, even after a kill',
	{ timeout: 60_000 },
	async () => {
		const app = await startApp();
		const read = async (url: string) => {
			const answer = await fetch(`${url}/api/v1/entities/${ID}`);
			return answer.ok ? ((await answer.json()) as { properties: unknown }).properties : undefined;
		};
		try {
			const { code, output } = await sensor(app.mqttPort, DEVICE_PASSWORD);
			expect(output).toContain('PUBACK');
			expect(code).toBe(0);
			const wanted = { ...VALUES, layer: 'parking', simulated: false, freshness: 'fresh' };
			await expect.poll(() => read(app.url)).toMatchObject(wanted);
			await app.kill();
			const again = await startApp({}, { dataDir: app.dataDir });
			try {
				await expect.poll(() => read(again.url)).toMatchObject(wanted);
			} finally {
				await again.stop();
			}
		} finally {
			await app.stop();
		}
	}
);

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMosquitto, type RealMosquitto } from '../../server/testing/mosquitto.ts';
import { nodeRed, startNodeRed, type RealNodeRed } from '../../server/testing/node-red.ts';
import { mosquitto } from '../../server/testing/real.ts';

const P = 'capitoul/v1';
const TOPIC = `${P}/district/air/quartier-3`;
const ALERT = `${P}/alert/air-no2-quartier-3`;
const settings = path.join(import.meta.dirname, 'settings.cjs');
const engine = nodeRed();
const brokerCommand = mosquitto();

/** What the districts service says of a quarter (CONTRACT 2). */
const said = (no2: number, more = {}) => {
	const figures = { n: 4, mean: no2, median: no2, min: no2, max: no2, p10: no2, p90: no2 };
	const window = { n: 4, coverage: 1, values: { no2: figures } };
	return JSON.stringify({
		t: Math.floor(Date.now() / 1000),
		windows: { PT15M: window, PT1H: window },
		...more
	});
};

describe.skipIf(!engine || !brokerCommand)('the shipped flow in a real Node-RED', () => {
	if (!engine || !brokerCommand) return;
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-red-'));
	let broker: RealMosquitto;
	let flow: RealNodeRed;
	let districts: MqttClient;
	let phone: MqttClient;
	const heard: { topic: string; text: string }[] = [];

	const start = () => {
		const passwordFile = path.join(folder, 'password');
		fs.writeFileSync(passwordFile, `${broker.accounts['nodered']}\n`, { mode: 0o600 });
		return startNodeRed(engine, {
			settings,
			data: path.join(folder, 'data'),
			env: { MQTT_URL: `mqtt://127.0.0.1:${broker.port}`, MQTT_PASSWORD_FILE: passwordFile }
		});
	};
	const tell = (payload: string, topic = TOPIC) =>
		districts.publishAsync(topic, payload, { retain: true });

	beforeAll(async () => {
		broker = await startMosquitto(brokerCommand);
		const at = { host: '127.0.0.1', port: broker.port, protocolVersion: 4 } as const;
		const password = broker.accounts['districts'] ?? '';
		districts = await connectAsync({ ...at, username: 'districts', password });
		phone = await connectAsync(at);
		phone.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }));
		await phone.subscribeAsync(`${P}/alert/#`, { qos: 1 });
		flow = await start();
	}, 60_000);
	afterAll(async () => {
		await Promise.all([districts.endAsync(true), phone.endAsync(true)]);
		await flow.stop();
		await broker.stop();
		fs.rmSync(folder, { recursive: true, force: true });
	});

	test('a mean above the threshold becomes an alert in the words of CAP, once, and is taken back below', async () => {
		await tell(said(199), `${P}/district/air/quartier-4`);
		await tell(said(500, { simulated: true }), `${P}/district/air/quartier-5`);
		await tell(said(240.4));
		await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
		const [{ topic, text } = { topic: '', text: '{}' }] = heard;
		expect(topic).toBe(ALERT);
		const alert = JSON.parse(text) as Record<string, unknown> & { info: Record<string, unknown>[] };
		expect(alert).toMatchObject({
			sender: 'nodered',
			status: 'Actual',
			msgType: 'Alert',
			scope: 'Public'
		});
		expect(Date.parse(String(alert.info[0]?.['expires']))).toBeGreaterThan(Date.now());
		expect(alert.info[0]).toMatchObject({
			language: 'fr-FR',
			category: ['Env'],
			severity: 'Moderate',
			certainty: 'Observed',
			description: expect.stringContaining('240 µg/m³') as string,
			area: [{ areaDesc: 'quartier-3' }]
		});

		await tell(said(230)); // still above: nothing new
		await tell(said(185)); // between 90 % and the threshold: neither
		await tell(said(170));
		await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toEqual({ topic: ALERT, text: '' });
		expect(heard).toHaveLength(2);
	});

	test('started again, it knows what it raised: it raises nothing twice and takes it back all the same', async () => {
		heard.length = 0;
		await tell(said(300));
		await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
		await flow.stop();
		flow = await start();
		await tell(said(301));
		await tell(said(100));
		await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toEqual({ topic: ALERT, text: '' });
		expect(heard).toHaveLength(2);
	});

	test('without a password of its own there is no editor, and no secret stands in its files', async () => {
		const answer = await fetch(flow.url).catch(() => undefined);
		expect(answer?.status ?? 404).toBe(404);
		for (const name of fs.readdirSync(path.join(folder, 'data')).filter((n) => n.endsWith('.json')))
			expect(fs.readFileSync(path.join(folder, 'data', name), 'utf8')).not.toContain(
				broker.accounts['nodered']
			);
	});
});

test('the flow writes only where its account may', () => {
	const flows = JSON.parse(
		fs.readFileSync(path.join(import.meta.dirname, 'flows.json'), 'utf8')
	) as { type: string; topic?: string; func?: string }[];
	const written = flows.flatMap(({ func = '' }) =>
		[...func.matchAll(/topic: `([^`$]*)/g)].map(([, topic]) => topic)
	);
	expect(written.length).toBeGreaterThan(0);
	for (const topic of written) expect(topic).toBe(`${P}/alert/`);
	expect(flows.some(({ type }) => type === 'mqtt in')).toBe(true);
});

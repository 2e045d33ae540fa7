import { connectAsync, type MqttClient } from 'mqtt';
import { expect, test } from '#server/testing/e2e.ts';
import { DEVICE_PASSWORD, startApp, type App } from '#server/testing/app.ts';
import { startMosquitto } from '#server/testing/mosquitto.ts';
import { mosquitto } from '#server/testing/real.ts';

// Acknowledged means kept, seen from outside, embedded and in front of a real Mosquitto.

const COUNT = 200;

const device = (port: number, id: string) =>
	connectAsync(`mqtt://127.0.0.1:${port}`, {
		protocolVersion: 4,
		username: id,
		password: DEVICE_PASSWORD,
		reconnectPeriod: 0
	});

const reading = (bikes: number) =>
	JSON.stringify({
		dateObserved: new Date().toISOString(),
		availableBikeNumber: bikes,
		name: 'Essai',
		location: { type: 'Point', coordinates: [1.4442, 43.6045] }
	});

const value = async (app: App, id: string) => {
	const answer = await fetch(`${app.url}/api/v1/entities/${id}`);
	if (!answer.ok) return undefined;
	const { properties } = (await answer.json()) as { properties: { availableBikeNumber: number } };
	return properties.availableBikeNumber;
};

test('embedded: after kill -9 in the middle of a stream, nothing acknowledged is missing', async () => {
	let app = await startApp();
	const { dataDir } = app;
	try {
		for (let round = 0; round < 3; round++) {
			const acknowledged = new Map<string, number>();
			const clients: MqttClient[] = [];
			for (let i = 0; i < 10; i++) {
				const id = `bike-kill-${i}`;
				const client = await device(app.mqttPort, id);
				client.on('error', () => {});
				clients.push(client);
				void (async () => {
					for (let n = 0; n < COUNT; n++) {
						const bikes = round * COUNT + n;
						await client.publishAsync(`capitoul/v1/raw/bike/${id}`, reading(bikes), { qos: 1 });
						acknowledged.set(id, bikes);
					}
				})().catch(() => {}); // the kill ends it
			}
			await new Promise((resolve) => setTimeout(resolve, 150 + round * 100));
			await app.kill();
			for (const client of clients) client.end(true);
			expect(acknowledged.size).toBeGreaterThan(0);
			app = await startApp({}, { dataDir });
			for (const [id, bikes] of acknowledged)
				expect(await value(app, id), id).toBeGreaterThanOrEqual(bikes);
		}
	} finally {
		await app.stop();
	}
});

test('in front of a real Mosquitto: the same answers, a phone through /mqtt, state as before after kill -9', async () => {
	const command = mosquitto();
	test.skip(!command, 'Mosquitto is not installed');
	if (!command) return;
	const id = 'bike-outside-1';
	const broker = await startMosquitto(command, { devices: { [id]: DEVICE_PASSWORD } });
	const env = {
		MQTT_URL: `mqtt://127.0.0.1:${broker.port}`,
		MQTT_USERNAME: 'capitoul',
		MQTT_PASSWORD: broker.accounts['capitoul'] ?? '',
		INSTANCE: 'test'
	};
	let app = await startApp(env);
	const { dataDir } = app;
	try {
		const client = await device(broker.port, id);
		const phone = await connectAsync(`${app.url.replace('http', 'ws')}/mqtt`, {
			protocolVersion: 4
		});
		const frames: string[] = [];
		phone.on('message', (_topic, payload) => frames.push(payload.toString()));
		await phone.subscribeAsync('capitoul/v1/live/#');
		await client.publishAsync(`capitoul/v1/raw/bike/${id}`, reading(7), { qos: 1 });
		await expect.poll(() => value(app, id)).toBe(7);
		await expect.poll(() => frames.some((frame) => frame.includes(id))).toBe(true);
		phone.end(true);
		await app.kill();
		// While nobody is there to take it, the kept session holds it.
		await client.publishAsync(`capitoul/v1/raw/bike/${id}`, reading(3), { qos: 1 });
		app = await startApp(env, { dataDir });
		await expect.poll(() => value(app, id)).toBe(3);
		client.end(true);
	} finally {
		await app.stop();
		await broker.stop();
	}
});

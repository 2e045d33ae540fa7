import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, expect, test } from 'vitest';
import { PREFIX, topics } from '../../src/lib/topics.ts';
import { serviceAccounts } from '../broker/credentials.ts';
import { cityAlert } from '../testing/city-alert.ts';
import { freePort } from '../testing/ports.ts';
import { startWhole } from '../testing/whole.ts';
import { cityAlertsAnswer } from '../web/city-alerts.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'city-alerts-'));
const clients: MqttClient[] = [];
afterAll(async () => {
	for (const client of clients) await client.endAsync(true);
	fs.rmSync(folder, { recursive: true, force: true });
});

/** The whole program on its embedded broker, a phone that listens and the account that raises alerts. */
async function start() {
	const port = await freePort();
	const whole = await startWhole({ DATA_DIR: folder, MQTT_PORT: String(port) });
	const join = async (username?: string) => {
		const client = await connectAsync({
			host: '127.0.0.1',
			port,
			protocolVersion: 4,
			...(username !== undefined && {
				username,
				password: serviceAccounts(folder)[username as 'nodered']
			})
		});
		clients.push(client);
		return client;
	};
	const phone = await join();
	const heard: { topic: string; text: string }[] = [];
	phone.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }));
	await phone.subscribeAsync(`${PREFIX}/alert/+`);
	const { services } = whole.app;
	const shown = () =>
		(JSON.parse(cityAlertsAnswer(services, Date.now()).body) as { alerts: { id: string }[] })
			.alerts;
	return { ...whole, join, phone, heard, services, shown };
}

test('an alert raised over MQTT is heard by a phone, served, put right after a mistake, and there after a restart', async () => {
	const first = await start();
	const nodered = await first.join('nodered');
	const dead: string[] = [];
	nodered.on('message', (_topic, payload) => dead.push(payload.toString()));
	await nodered.subscribeAsync(topics.dead('alert'));
	const alert = cityAlert(Date.now());
	const say = (payload: string, id = 'air') =>
		nodered.publishAsync(topics.alert(id), payload, { qos: 1, retain: true });

	await say(JSON.stringify(alert));
	await expect.poll(() => first.heard.at(-1)?.topic).toBe(topics.alert('air'));
	await expect.poll(first.shown).toMatchObject([{ id: 'air', sent: alert.sent }]);

	await say('{"identifier":"air"}');
	await expect.poll(() => dead.length).toBe(1);
	expect(JSON.parse(dead[0] ?? '')).toMatchObject({
		topic: topics.alert('air'),
		code: 'alert_invalid',
		payload: '{"identifier":"air"}'
	});
	// The phone hears the mistake and then, again, what stood.
	await expect.poll(() => JSON.parse(first.heard.at(-1)?.text || '{}') as object).toEqual(alert);
	expect(first.shown()).toHaveLength(1);
	await say(JSON.stringify(alert), 'ends');
	await expect.poll(() => first.shown().length).toBe(2);
	await say('', 'ends');
	await expect.poll(() => first.shown().length).toBe(1);

	// A phone may not raise one itself.
	const liar = await first.join();
	liar.on('error', () => {});
	await Promise.race([
		liar.publishAsync(topics.alert('lie'), JSON.stringify(alert), { qos: 1, retain: true }),
		new Promise<void>((resolve) => liar.once('close', () => resolve()))
	]).catch(() => {});
	expect(first.shown().map(({ id }) => id)).toEqual(['air']);
	await expect
		.poll(() => first.services.database.db.selectFrom('city_alerts').selectAll().execute())
		.toMatchObject([
			{ id: 'air', stands: 1 },
			{ id: 'ends', stands: 0 }
		]);
	for (const client of clients.splice(0)) await client.endAsync(true);
	await first.app.stop();

	const second = await start();
	await expect.poll(second.shown).toMatchObject([{ id: 'air', sent: alert.sent }]);
	await expect.poll(() => second.heard.map(({ topic }) => topic)).toEqual([topics.alert('air')]);
	for (const client of clients.splice(0)) await client.endAsync(true);
	await second.app.stop();
}, 60_000);

import { afterEach, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { startMosquitto } from '../testing/mosquitto.ts';
import { freePort } from '../testing/ports.ts';
import { mosquitto } from '../testing/real.ts';
import { connectBroker } from './client.ts';

const command = mosquitto();
const TOPIC = 'capitoul/v1/service/web-a/status';
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of open.splice(0).reverse()) await close();
});

async function start(port: number, folder?: string) {
	const broker = await startMosquitto(command ?? '', { port, ...(folder && { folder }) });
	open.push(() => broker.stop());
	return broker;
}

async function connect(port: number, password: string | undefined, patienceMs = 10_000) {
	const url = new URL(`mqtt://127.0.0.1:${port}`);
	const mqtt = { url, username: 'capitoul', password, ca: undefined };
	const broker = await connectBroker({ mqtt, account: 'web', log: silent, patienceMs });
	open.push(() => broker.close());
	return broker;
}

test.runIf(command)(
	'a subscription is made again after the broker came back, and the change is told',
	async () => {
		const port = await freePort();
		const first = await start(port);
		const broker = await connect(port, first.accounts['capitoul']);
		const heard: string[] = [];
		const seen: boolean[] = [];
		broker.onConnection((connected) => seen.push(connected));
		await broker.subscribe(TOPIC, ({ payload }) => heard.push(payload.toString()));
		await first.kill();
		await expect.poll(() => seen).toEqual([false]);
		expect(broker.connected).toBe(false);
		await start(port, first.folder);
		await expect.poll(() => seen, { timeout: 10_000 }).toEqual([false, true]);
		await expect
			.poll(
				async () => {
					await broker.publish(TOPIC, 'again', { qos: 1 }).catch(() => {});
					return heard.includes('again');
				},
				{ timeout: 10_000 }
			)
			.toBe(true);
	}
);

test.runIf(command)(
	'what the broker does not acknowledge in time is unavailable, not waited for',
	async () => {
		const port = await freePort();
		const running = await start(port);
		const broker = await connect(port, running.accounts['capitoul'], 500);
		await broker.publish(TOPIC, 'x', { qos: 1 });
		await running.kill();
		await expect(broker.publish(TOPIC, 'y', { qos: 1 })).rejects.toMatchObject({
			code: 'broker_unavailable'
		});
		await expect(broker.publish(TOPIC, 'y')).rejects.toMatchObject({ code: 'broker_unavailable' });
	}
);

test.runIf(command)('the retained messages are read when subscribeRetained resolves', async () => {
	const port = await freePort();
	const running = await start(port);
	const broker = await connect(port, running.accounts['capitoul']);
	const count = 3_000; // more than Mosquitto lets through at QoS 1
	await Promise.all(
		Array.from({ length: count }, (_, i) =>
			broker.publish(`capitoul/v1/state/bike/bike-lab-${i}`, '{}', { qos: 1, retain: true })
		)
	);
	const reader = await connect(port, running.accounts['capitoul']);
	let read = 0;
	await reader.subscribeRetained('capitoul/v1/state/#', ({ retained }) => {
		if (retained) read++;
	});
	expect(read).toBe(count);
});

test('waiting for a broker that is not there ends with the signal', async () => {
	const url = new URL(`mqtt://127.0.0.1:${await freePort()}`);
	const mqtt = { url, username: undefined, password: undefined, ca: undefined };
	await expect(
		connectBroker({ mqtt, account: 'web', log: silent, signal: AbortSignal.timeout(200) })
	).rejects.toMatchObject({ code: 'broker_unavailable' });
});

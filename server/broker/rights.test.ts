import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silent } from '../log.ts';
import { startMosquitto } from '../testing/mosquitto.ts';
import { mosquitto } from '../testing/real.ts';
import { serviceAccounts } from './credentials.ts';
import { embeddedBroker } from './embedded.ts';
import { covers } from './filters.ts';
import { mosquittoAcl, mosquittoConf, SHIPPED } from './mosquitto.ts';
import { maySubscribe } from './rights.ts';

const P = 'capitoul/v1';
const DEVICE = 'bike-lab-7';
const OTHER = 'bike-lab-8';
const PASSWORD = 'device-password';
const command = mosquitto();

interface Target {
	port: number;
	accounts: Record<string, string>;
	close: () => Promise<unknown>;
}

const brokers: Record<string, () => Promise<Target>> = {
	embedded: async () => {
		const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rights-'));
		const broker = await embeddedBroker({
			mqtt: { port: 0, devicePassword: PASSWORD },
			host: '127.0.0.1',
			dataDir,
			origin: undefined,
			accept: () => Promise.resolve(),
			log: silent,
			limits: { connectsPerMinute: 10_000 }
		});
		return { port: broker.port, accounts: serviceAccounts(dataDir), close: () => broker.close() };
	},
	...(command && {
		mosquitto: async () => {
			const { port, accounts, stop } = await startMosquitto(command, {
				devices: { [DEVICE]: PASSWORD, [OTHER]: PASSWORD }
			});
			return { port, accounts, close: () => stop() };
		}
	})
};

// What each role may say and hear: CONTRACT 2, « Rights », in examples. Everything not named is refused.
const TOPICS = {
	own: `${P}/raw/bike/${DEVICE}`,
	others: `${P}/raw/bike/${OTHER}`,
	state: `${P}/state/bike/${DEVICE}`,
	live: `${P}/live/bike/spc00b`,
	district: `${P}/district/bike/quartier-1`,
	alert: `${P}/alert/a1`,
	status: `${P}/service/x-y/status`,
	statusDeeper: `${P}/service/x-y/status/z`,
	dead: `${P}/dead/bike`,
	elsewhere: 'other/topic',
	nextVersion: 'capitoul/v2/live/bike/spc00b'
} as const;
type Topic = keyof typeof TOPICS;
const MAY: Record<string, { publish: Topic[]; hear: Topic[] }> = {
	phone: { publish: [], hear: ['live', 'district', 'alert', 'status'] },
	[DEVICE]: { publish: ['own'], hear: [] },
	intake: { publish: ['state', 'dead', 'status'], hear: ['own', 'others', 'state', 'status'] },
	frames: { publish: ['live', 'status'], hear: ['state', 'live', 'status'] },
	connectors: { publish: ['own', 'others', 'status', 'dead'], hear: ['state', 'status'] },
	alerts: {
		publish: ['alert', 'dead', 'status'],
		hear: ['state', 'district', 'alert', 'status']
	},
	nodered: {
		publish: ['alert', 'status'],
		hear: ['own', 'others', 'state', 'live', 'district', 'alert', 'dead', 'status']
	},
	web: { publish: ['status'], hear: ['state', 'live', 'district', 'alert', 'status'] }
};

describe.each(Object.entries(brokers))('on %s', (_name, open) => {
	let target: Target;
	let writer: MqttClient; // may write everything of ours
	const clients: MqttClient[] = [];

	const join = async (role: string, more: IClientOptions = {}) => {
		const client = await connectAsync({
			host: '127.0.0.1',
			port: target.port,
			protocolVersion: 4,
			reconnectPeriod: 0,
			...(role !== 'phone' && {
				username: role,
				password: target.accounts[role] ?? PASSWORD
			}),
			...more
		});
		client.on('error', () => {});
		clients.push(client);
		return client;
	};
	/** Everything a client hears, and a way to know that all sent so far has come: a mark it may read. */
	const listen = (client: MqttClient) => {
		const heard: string[] = [];
		client.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
		return heard;
	};
	let marks = 0;
	const settled = async (heard: string[]) => {
		const mark = `${TOPICS.status} mark-${marks++}`;
		await writer.publishAsync(TOPICS.status, mark.split(' ')[1] ?? '', { qos: 1 });
		await expect.poll(() => heard).toContain(mark);
	};

	beforeAll(async () => {
		target = await open();
		writer = await join('capitoul');
	});
	afterAll(async () => {
		for (const client of clients) await client.endAsync(true);
		await target.close();
	});

	test.each(Object.keys(MAY))('%s is heard only on its own topics', async (role) => {
		const ears = await join('capitoul');
		const heard = listen(ears);
		await ears.subscribeAsync(`${P}/#`).catch(() => {});
		for (const filter of ['raw/#', 'state/#', 'live/#', 'district/#', 'alert/#', 'dead/#'])
			await ears.subscribeAsync(`${P}/${filter}`, { qos: 1 });
		await ears.subscribeAsync(`${P}/service/+/status`, { qos: 1 });
		heard.length = 0;
		const said = Object.keys(TOPICS) as Topic[];
		for (const topic of said) {
			// A forbidden publish may end the connection: one for each.
			const client = await join(role);
			await Promise.race([
				client.publishAsync(TOPICS[topic], `from-${topic}`, { qos: 1, retain: topic !== 'own' }),
				new Promise((resolve) => client.once('close', () => resolve(undefined)))
			]);
			await client.endAsync(true);
		}
		await settled(heard);
		const got = said.filter((topic) => heard.includes(`${TOPICS[topic]} from-${topic}`));
		expect(got.sort()).toEqual([...(MAY[role]?.publish ?? [])].sort());

		// … nor is anything else retained.
		const late = await join('capitoul');
		const kept = listen(late);
		for (const filter of ['raw/#', 'state/#', 'live/#', 'district/#', 'alert/#', 'dead/#'])
			await late.subscribeAsync(`${P}/${filter}`);
		await late.subscribeAsync(`${P}/service/+/status`);
		await settled(kept);
		const stored = said.filter((topic) => kept.includes(`${TOPICS[topic]} from-${topic}`));
		expect(stored.filter((topic) => !MAY[role]?.publish.includes(topic))).toEqual([]);
		for (const topic of said) {
			if (topic === 'elsewhere' || topic === 'nextVersion' || topic === 'statusDeeper') continue;
			if (stored.includes(topic)) await writer.publishAsync(TOPICS[topic], '', { retain: true });
		}
	});

	test.each(Object.keys(MAY))('%s hears only its own topics', async (role) => {
		const client = await join(role);
		const heard = listen(client);
		for (const filter of ['#', `${P}/#`, '+/+/#', '$SYS/#', ...Object.values(TOPICS)])
			await client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
		const mine: Topic[] = ['own', 'others', 'state', 'live', 'district', 'alert', 'status', 'dead'];
		for (const topic of mine) await writer.publishAsync(TOPICS[topic], `to-${topic}`, { qos: 1 });
		const control = await join('capitoul');
		const all = listen(control);
		await control.subscribeAsync(`${P}/service/+/status`, { qos: 1 });
		await settled(all);
		if (MAY[role]?.hear.includes('status')) await settled(heard);
		const got = mine.filter((topic) => heard.includes(`${TOPICS[topic]} to-${topic}`));
		expect(got.sort()).toEqual([...(MAY[role]?.hear ?? [])].sort());
		expect(heard.filter((line) => line.startsWith('$SYS'))).toEqual([]);
	});

	test('a last will outside the rights of its client is not published', async () => {
		const heard = listen(await join('capitoul'));
		await clients.at(-1)?.subscribeAsync([`${P}/live/#`, `${P}/raw/#`, `${P}/service/+/status`]);
		for (const role of ['phone', DEVICE]) {
			const client = await join(role, {
				will: { topic: TOPICS.live, payload: Buffer.from(`will-${role}`), qos: 1, retain: true }
			});
			client.stream.destroy();
		}
		const allowed = await join(DEVICE, {
			will: { topic: TOPICS.own, payload: Buffer.from('will-own'), qos: 1, retain: false }
		});
		allowed.stream.destroy();
		await expect.poll(() => heard).toContain(`${TOPICS.own} will-own`);
		await settled(heard);
		expect(heard.filter((line) => line.startsWith(TOPICS.live))).toEqual([]);
	});

	test('no user name is taken unproved', async () => {
		for (const username of ['intake', 'capitoul', DEVICE, 'nobody', 'phone', 'root'])
			for (const password of ['wrong', '', undefined])
				await expect(
					join(username, {
						username,
						...(password === undefined ? { password: '' } : { password })
					})
				).rejects.toThrow(/[Rr]efused|[Nn]ot authorized|[Bb]ad/);
	});

	test('a phone cannot take a share of the raw messages', async () => {
		const phone = await join('phone');
		const stolen = listen(phone);
		for (const group of ['$share/intake', '$share/raw', '$share/g', '$queue'])
			await phone.subscribeAsync(`${group}/${P}/raw/+/+`, { qos: 1 }).catch(() => {});
		const intake = await join('intake');
		const heard = listen(intake);
		await intake.subscribeAsync([`${P}/raw/+/+`, `${P}/service/+/status`], { qos: 1 });
		const device = await join(DEVICE);
		for (let i = 0; i < 50; i++) await device.publishAsync(TOPICS.own, `n${i}`, { qos: 1 });
		await settled(heard);
		expect(heard.filter((line) => line.startsWith(TOPICS.own))).toHaveLength(50);
		expect(stolen).toEqual([]);
	});
});

test('the embedded broker answers 0x80 to what is not wholly inside', () => {
	const phone = { kind: 'phone' } as const;
	for (const filter of [
		'live/#',
		'live/+/spc00b',
		'district/bike/+',
		'alert/#',
		'service/+/status'
	])
		expect(maySubscribe(phone, `${P}/${filter}`), filter).toBe(true);
	const refused = ['#', '+/#', `${P}/#`, `${P}/+/bike/x`, `${P}/raw/#`, `${P}/service/#`, '$SYS/#'];
	for (const filter of [...refused, `$share/g/${P}/live/#`, `${P}/live/a#`, `${P}/live/#/x`, ''])
		expect(maySubscribe(phone, filter), filter).toBe(false);
});

test('a filter covers another where each topic of the other is its own', () => {
	expect(covers('a/#', 'a')).toBe(true);
	expect(covers('a/#', 'a/+/#')).toBe(true);
	expect(covers('a/+', 'a/b')).toBe(true);
	expect(covers('a/+', 'a/#')).toBe(false);
	expect(covers('a/+', 'a')).toBe(false);
	expect(covers('a/b', 'a/+')).toBe(false);
	expect(covers('#', '$SYS/x')).toBe(false);
	expect(covers('+/x', '$SYS/x')).toBe(false);
});

test('the files in deploy/mosquitto are those the table of rights makes', () => {
	const at = (file: string) =>
		fs.readFileSync(new URL(`../../deploy/mosquitto/${file}`, import.meta.url), 'utf8');
	expect(at('acl')).toBe(mosquittoAcl());
	expect(at('mosquitto.conf')).toBe(mosquittoConf(SHIPPED));
});

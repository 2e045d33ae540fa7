import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { startPushService } from '../testing/push-service.ts';
import { loopbackCertificate } from '../testing/certificate.ts';
import { enqueue } from './queue.ts';
import { MAX_IN_FLIGHT } from './transport.ts';

// Ten thousand take as long as the machine needs; what is promised does not depend on how many they are.
const COUNT = Number(process.env['PUSH_KILL_COUNT'] ?? 1_500);

test(
	'killed half way through, the sender reaches everybody, and sends at most twice what was under way',
	{ timeout: 120_000 },
	async () => {
		const service = await startPushService();
		const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'push-kill-'));
		const database = await openDatabase({ databaseUrl: undefined, dataDir });
		const { keys } = service.browser('x').subscription;
		const now = Date.now();
		await database.db.transaction().execute(async (tx) => {
			const text = { fr: 'Alerte', en: 'Alert' };
			for (let i = 0; i < COUNT; i++) {
				const device = `d${i}`;
				const endpoint = `${service.origin}/${i}`;
				await tx
					.insertInto('push_subscriptions')
					.values({
						device,
						endpoint,
						...keys,
						locale: 'fr',
						key: '',
						seen_at: now,
						refused_at: null
					})
					.execute();
				await enqueue(
					tx,
					{ device, kind: 'city', title: text, body: text, url: '/', ttl: 3600 },
					now
				);
			}
		});
		await database.close();
		const start = () =>
			fork(path.join(import.meta.dirname, '../testing/push-sender.ts'), [dataDir, service.host], {
				env: { ...process.env, NODE_EXTRA_CA_CERTS: loopbackCertificate().file },
				stdio: 'ignore'
			});
		const ended = (child: ReturnType<typeof start>) =>
			new Promise((resolve) => child.once('exit', resolve));

		const first = start();
		const gone = ended(first);
		service.answers = ({ path: to }) => {
			if (service.received.length === COUNT / 2) first.kill('SIGKILL');
			return to === '' ? 400 : 201;
		};
		await gone;
		const halfway = service.received.length;
		expect(halfway).toBeLessThan(COUNT);

		const second = start();
		expect(await ended(second)).toBe(0); // it ends by itself once nothing waits
		const times = Map.groupBy(service.received, ({ path: to }) => to);
		expect(times.size).toBe(COUNT);
		const twice = [...times.values()].filter((each) => each.length > 1);
		expect(twice.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
		expect(Math.max(...[...times.values()].map((each) => each.length))).toBeLessThanOrEqual(2);
		await service.stop();
		fs.rmSync(dataDir, { recursive: true });
	}
);

// Our sender, durable queue included: sends `count` messages, says how much CPU it took.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDatabase } from '../../../server/database/database.ts';
import { createLog } from '../../../server/log.ts';
import { makeKeys } from '../../../server/push/keys.ts';
import { enqueue } from '../../../server/push/queue.ts';
import { Sender } from '../../../server/push/sender.ts';
import { httpsTransport } from '../../../server/push/transport.ts';
import { Vapid } from '../../../server/push/vapid.ts';
import { PUSH_BODY, pushKeys } from '../push-load.ts';

const [port = '', count = '0'] = process.argv.slice(2);
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-push-'));
const database = await openDatabase({ databaseUrl: undefined, dataDir });
const now = Date.now();
await database.db.transaction().execute(async (tx) => {
	for (let i = 0; i < Number(count); i++) {
		const device = `d${i}`;
		await tx
			.insertInto('push_subscriptions')
			.values({
				device,
				endpoint: `https://127.0.0.1:${port}/push/${i}`,
				...pushKeys(i),
				locale: 'fr',
				key: '',
				seen_at: now,
				refused_at: null
			})
			.execute();
		const text = { fr: PUSH_BODY, en: PUSH_BODY };
		await enqueue(tx, { device, kind: 'bench', title: text, body: text, url: '/', ttl: 600 }, now);
	}
});
const { post, close } = httpsTransport();
const stop = new AbortController();
const sender = new Sender({
	database,
	vapid: new Vapid(makeKeys(), 'mailto:a@b.example', Date.now),
	post,
	allowedHosts: [`127.0.0.1:${port}`],
	origin: undefined,
	clock: Date.now,
	log: createLog('silent'),
	active: () => true
});
const before = process.cpuUsage();
const from = performance.now();
const running = sender.run(stop.signal);
while (sender.sent + sender.failed < Number(count) || sender.underWay > 0)
	await new Promise((resolve) => setTimeout(resolve, 10));
const { user, system } = process.cpuUsage(before);
process.send?.({
	sent: sender.sent,
	cpuSeconds: (user + system) / 1e6,
	seconds: (performance.now() - from) / 1000
});
stop.abort();
await running;
close();
await database.close();
fs.rmSync(dataDir, { recursive: true });
process.disconnect();

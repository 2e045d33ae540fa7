// A sender in a process of its own, to be killed: ends by itself once the queue of a data folder is empty.
import { openDatabase } from '../database/database.ts';
import { createLog } from '../log.ts';
import { makeKeys } from '../push/keys.ts';
import { Sender } from '../push/sender.ts';
import { httpsTransport } from '../push/transport.ts';
import { Vapid } from '../push/vapid.ts';

const [dataDir = '', host = ''] = process.argv.slice(2);
const database = await openDatabase({ databaseUrl: undefined, dataDir });
const { post, close } = httpsTransport();
const stop = new AbortController();
const sender = new Sender({
	database,
	vapid: new Vapid(makeKeys(), 'mailto:a@b.example', Date.now),
	post,
	allowedHosts: [host],
	origin: undefined,
	clock: Date.now,
	log: createLog('silent'),
	active: () => true
});
const running = sender.run(stop.signal);
while ((await database.db.selectFrom('push_queue').select('id').limit(1).execute()).length > 0)
	await new Promise((resolve) => setTimeout(resolve, 50));
stop.abort();
await running;
close();
await database.close();
process.exit(0);

// Our embedded broker alone in a process, with room for the many connections of one machine.
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { serviceAccounts } from '../../../server/broker/credentials.ts';
import { embeddedBroker } from '../../../server/broker/embedded.ts';
import { silent } from '../../../server/log.ts';

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
const broker = await embeddedBroker({
	mqtt: { port: 0, devicePassword: undefined },
	host: '127.0.0.1',
	dataDir,
	origin: undefined,
	accept: () => Promise.resolve(),
	log: silent,
	limits: { connectsPerMinute: 1e6, openPerAddress: 1e6, publishesPerSecond: 1e6 }
});
const web = http.createServer();
web.on('upgrade', broker.upgrade);
web.listen(0, '127.0.0.1', () => {
	process.send?.({
		port: broker.port,
		webSocketPort: (web.address() as AddressInfo).port,
		account: { username: 'frames', password: serviceAccounts(dataDir).frames }
	});
});
process.on('exit', () => fs.rmSync(dataDir, { recursive: true, force: true }));
process.on('disconnect', () => process.exit(0));

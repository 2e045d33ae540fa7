// npm run device -- add|remove|list [ID] [--passwd FILE]
import { parseArgs } from 'node:util';
import { levels, topics } from '../../src/lib/topics.ts';
import { readConfig } from '../config.ts';
import { silent } from '../log.ts';
import { connectBroker } from './client.ts';
import { Devices, isDeviceId, serviceAccounts } from './credentials.ts';
import { setPasswd } from './mosquitto.ts';

const USAGE = `npm run device -- add ID        makes a password and shows it once
npm run device -- remove ID     takes it away; the device is cut off and leaves the map
npm run device -- list
  --passwd FILE                 also in Mosquitto's password file (it reads it again on SIGHUP)`;

/** The raw topic of a device: its layer is the first word of its id. */
export const rawTopic = (id: string) => topics.raw(id.slice(0, id.indexOf('-')), id);

async function main(): Promise<number> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { passwd: { type: 'string' } }
	});
	const [command, id] = positionals;
	const config = readConfig(process.env);
	const devices = new Devices(config.dataDir);
	if (command === 'list') {
		for (const known of devices.ids()) console.log(known);
		return 0;
	}
	if ((command !== 'add' && command !== 'remove') || id === undefined) {
		console.error(USAGE);
		return 64;
	}
	if (!isDeviceId(id) || !levels(rawTopic(id))) {
		console.error(`not a device id: ${id}; it is {layer}-{system}-{ref} in a-z, 0-9 and -`);
		return 64;
	}
	if (command === 'add') {
		const password = await devices.add(id);
		if (values.passwd) setPasswd(values.passwd, id, password);
		console.log(`topic ${rawTopic(id)}\nuser ${id}\npassword ${password}`);
		return 0;
	}
	const there = devices.remove(id);
	if (values.passwd) setPasswd(values.passwd, id, undefined);
	if (!there && !values.passwd) {
		console.error(`no such device: ${id}`);
		return 1;
	}
	return removeEntity(id, config);
}

/** Revocation removes the entity too (CONTRACT 2). Where no broker runs, it is said and nothing else is lost. */
async function removeEntity(id: string, { mqtt, dataDir, host }: ReturnType<typeof readConfig>) {
	const own = { username: 'connectors', password: serviceAccounts(dataDir).connectors };
	const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
	const address = mqtt.url
		? mqtt
		: { ...mqtt, ...own, url: new URL(`mqtt://${local}:${mqtt.port}`) };
	try {
		const broker = await connectBroker({
			mqtt: address,
			account: 'connectors',
			log: silent,
			signal: AbortSignal.timeout(5_000)
		});
		await broker.publish(rawTopic(id), '', { qos: 1 });
		await broker.close();
		console.log(`removed: ${id}`);
		return 0;
	} catch (error) {
		console.error(
			`removed: ${id}; but no broker took the removal of what it showed (${(error as Error).message})`
		);
		return 0;
	}
}

if (import.meta.main) process.exit(await main());

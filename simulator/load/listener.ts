// One subscriber of every raw reading, for Mosquitto without us: node listener.ts '{"port","ca","password"}'; "tell" is answered.
import fs from 'node:fs';
import { PREFIX } from '../../src/lib/topics.ts';
import { BenchClient } from '../bench/mqtt.ts';

const { port, ca, password } = JSON.parse(process.argv[2] ?? '{}') as {
	port: number;
	ca: string;
	password: string;
};
let received = 0;
const client = await BenchClient.open(
	port,
	false,
	'load-listener',
	{ username: 'nodered', password },
	{ ca: fs.readFileSync(ca) }
);
client.onPublish = () => received++;
await client.subscribe([`${PREFIX}/raw/#`]);
process.on('message', () => process.send?.({ received }));
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

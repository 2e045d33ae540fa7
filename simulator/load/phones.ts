// Phones over wss: node phones.ts '{"port","ca"}'. Messages: {"phones": how many}, "mark", "tell"; each is answered.
import fs from 'node:fs';
import { topics } from '../../src/lib/topics.ts';
import { BenchClient } from '../bench/mqtt.ts';
import { addressOf, view } from './city.ts';
import { quantile } from './promises.ts';

const { port, ca } = JSON.parse(process.argv[2] ?? '{}') as { port: number; ca: string };
const authority = fs.readFileSync(ca);
const AT_ONCE = 16;
/** A stamped frame ends with when it was published; others do not say. */
const STAMP = /"sent":([\d.]+)\}$/;
const TAIL = 40;

const phones: BenchClient[] = [];
let received = 0;
let bytes = 0;
let took: number[] = [];

async function open(n: number): Promise<void> {
	const through = { ca: authority, localAddress: addressOf(n) };
	const client = await BenchClient.open(port, true, `load-phone-${n}`, undefined, through);
	client.onPublish = (payload) => {
		received++;
		bytes += payload.length;
		const stamp = STAMP.exec(payload.toString('latin1', Math.max(0, payload.length - TAIL)));
		if (stamp) took.push(performance.timeOrigin + performance.now() - Number(stamp[1]));
	};
	await client.subscribe(view(n).map(topics.liveCell));
	phones[n] = client;
}

async function become(wanted: number): Promise<void> {
	for (const phone of phones.splice(wanted)) phone.socket.destroy();
	const missing = Array.from({ length: wanted }, (_, n) => n).filter(
		(n) => phones[n]?.socket.destroyed ?? true
	);
	for (let i = 0; i < missing.length; i += AT_ONCE)
		await Promise.allSettled(missing.slice(i, i + AT_ONCE).map(open));
}

process.on('message', (asked: { phones: number } | 'mark' | 'tell') => {
	if (asked === 'mark') {
		[received, bytes, took] = [0, 0, []];
		process.send?.({});
	} else if (asked === 'tell')
		process.send?.({
			open: phones.filter((phone) => !phone.socket.destroyed).length,
			received,
			bytes,
			samples: took.length,
			frames: quantile(took, 0.99)
		});
	else void become(asked.phones).then(() => process.send?.({}));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

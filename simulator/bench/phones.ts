// Many phones in a process of their own: node phones.ts PORT COUNT FILTERS [STALLED]
// The first STALLED of them stop reading. Every message from the parent is answered with what was counted.
import { BenchClient } from './mqtt.ts';
import { filtersOf } from './load.ts';

const [port = 0, count = 0, filters = 1, stalled = 0] = process.argv.slice(2).map(Number);
const delays: number[] = [];
let received = 0;
let closed = 0;
const clients: BenchClient[] = [];
for (let i = 0; i < count; i++) {
	const client = await BenchClient.open(port, true, `phone-${i}-${process.pid}`);
	await client.subscribe(filtersOf(i, filters));
	client.onPublish = (payload) => {
		if (i < stalled) return;
		received++;
		const sent = payload.readDoubleBE(0);
		if (received % 64 === 0) delays.push(performance.timeOrigin + performance.now() - sent);
	};
	client.socket.on('close', () => closed++);
	if (i < stalled) client.socket.pause();
	clients.push(client);
}
process.send?.({ ready: true });
process.on('message', (asked) => {
	// A socket nobody reads does not tell that it was closed: those that stood still read again.
	if (asked === 'resume') {
		for (const client of clients.slice(0, stalled)) client.socket.resume();
		setTimeout(() => process.send?.({ closed }), 1_000);
		return;
	}
	delays.sort((a, b) => a - b);
	process.send?.({
		received,
		p50: delays[Math.floor(delays.length * 0.5)] ?? 0,
		p99: delays[Math.floor(delays.length * 0.99)] ?? 0
	});
	received = 0;
	delays.length = 0;
});
process.on('disconnect', () => process.exit(0));

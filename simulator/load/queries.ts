// Clients that ask for 24 h of a sensor one after the other: node queries.ts '{"origin","ca","sensors","end"}'.
// Messages: {"clients": how many}, "mark", "tell"; each is answered.
import fs from 'node:fs';
import { deviceId } from './city.ts';
import { getter } from './https.ts';
import { quantile } from './promises.ts';

const { origin, ca, sensors, end } = JSON.parse(process.argv[2] ?? '{}') as {
	origin: string;
	ca: string;
	sensors: number;
	/** The last moment whose day before is whole, ms. */
	end: number;
};
const authority = fs.readFileSync(ca);
const DAY_MS = 86_400_000;
const FIRST_ADDRESS = 130_000; // not a phone's
const ADDRESSES = 32; // for each client

let wanted = 0;
let asked = 0;
let errors = 0;
let took: number[] = [];
let failure = '';

async function client(n: number): Promise<void> {
	const get = getter(origin, authority, FIRST_ADDRESS + n * ADDRESSES, ADDRESSES);
	while (n < wanted) {
		// Another sensor and another range each time: no answer is one kept from before.
		const i = asked++;
		const to = end - (i % 55) * 60_000;
		const query = new URLSearchParams({
			attribute: 'no2',
			from: new Date(to - DAY_MS).toISOString(),
			to: new Date(to).toISOString()
		});
		const begun = performance.now();
		try {
			const { status, text } = await get(
				`/api/v1/entities/${deviceId((i * 7) % sensors)}/history?${query}`
			);
			if (status !== 200) throw new Error(`${status}: ${text.slice(0, 200)}`);
			took.push(performance.now() - begun);
		} catch (error) {
			errors++;
			failure = String(error);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
}

process.on('message', (message: { clients: number } | 'mark' | 'tell') => {
	if (message === 'mark') {
		[errors, took] = [0, []];
		process.send?.({});
	} else if (message === 'tell')
		process.send?.({ answered: took.length, errors, failure, history: quantile(took, 0.95) });
	else {
		const running = wanted;
		wanted = message.clients;
		for (let n = running; n < wanted; n++) void client(n);
		process.send?.({});
	}
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

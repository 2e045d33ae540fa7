import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { register } from '../../src/lib/layers/index.ts';
import type { Broker, Message } from '../broker/port.ts';
import { silent } from '../log.ts';
import { Intake } from './intake.ts';
import { Journal } from './journal.ts';

const open: Journal[] = [];
afterEach(() => {
	for (const journal of open.splice(0)) journal.close();
});

const NOW = Date.UTC(2026, 10, 22, 10);
const iso = (ms: number) => new Date(ms).toISOString();
const STATE = 'capitoul/v1/state/bike/bike-test-1';

/** A broker with retained messages and two intakes that share its raw messages, as MQTT_SHARE_GROUP makes them. */
async function pair() {
	const listeners: ((message: Message) => void)[] = [];
	const retained = new Map<string, string>();
	let published = 0;
	const broker: Broker = {
		connected: true,
		publish: async (topic, payload) => {
			published++;
			retained.set(topic, String(payload));
			await new Promise((resolve) => setImmediate(resolve));
			for (const listener of listeners)
				listener({ topic, payload: Buffer.from(String(payload)), retained: false });
		},
		subscribe: async () => {},
		subscribeRetained: async (_filter, onMessage) => void listeners.push(onMessage),
		onConnection: () => {},
		close: async () => {}
	};
	const intake = async () => {
		const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'intakes-')), 'history.db');
		const journal = new Journal({ file, clock: () => NOW, log: silent });
		open.push(journal);
		const made = new Intake({
			register: register(),
			journal,
			clock: () => NOW,
			log: silent,
			simulator: 'auto'
		});
		await made.attach(broker, { shared: true });
		return (body: unknown) =>
			made.accept('capitoul/v1/raw/bike/bike-test-1', Buffer.from(JSON.stringify(body)));
	};
	const [a, b] = [await intake(), await intake()];
	const settled = async () => {
		for (let before = -1; before !== published;) {
			before = published;
			await new Promise((resolve) => setTimeout(resolve, 30));
		}
	};
	return {
		a,
		b,
		settled,
		published: () => published,
		state: () => JSON.parse(retained.get(STATE) ?? '{}') as Record<string, unknown>
	};
}

test('messages of one device shared out between two intakes end in one state, name and place included', async () => {
	const { a, b, settled, state, published } = await pair();
	// Both are taken before either intake has heard of the other's.
	await Promise.all([
		a({
			dateObserved: iso(NOW - 60_000),
			availableBikeNumber: 1,
			name: 'Capitole',
			location: { type: 'Point', coordinates: [1.44, 43.6] },
			address: 'Place du Capitole'
		}),
		b({ dateObserved: iso(NOW), freeSlotNumber: 2 })
	]);
	await settled();
	const merged = {
		name: 'Capitole',
		location: { coordinates: [1.44, 43.6] },
		address: 'Place du Capitole',
		availableBikeNumber: 1,
		freeSlotNumber: 2
	};
	expect(state()).toMatchObject(merged);
	// Each of them knows the whole: whichever takes the next message keeps it.
	await b({ dateObserved: iso(NOW + 1_000), freeSlotNumber: 3 });
	await settled();
	expect(state()).toMatchObject({ ...merged, freeSlotNumber: 3 });
	const still = published();
	await settled();
	expect(published()).toBe(still);
});

test('two intakes that disagree on a name or on a value of one moment do not answer each other for ever', async () => {
	const { a, b, settled, published } = await pair();
	const at = iso(NOW);
	await Promise.all([
		a({ dateObserved: at, availableBikeNumber: 1, name: null, address: 'A' }),
		b({ dateObserved: at, availableBikeNumber: 2, name: 'Capitole', address: 'B' })
	]);
	await settled();
	expect(published()).toBeLessThanOrEqual(6);
});

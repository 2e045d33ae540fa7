import fs from 'node:fs';
import { connect, type IClientOptions } from 'mqtt';

export interface Account {
	username: string;
	password: string;
}

export interface PublisherOptions {
	url: string;
	account: Account | undefined;
	ca: string | undefined;
	/** How long the first connection may take, and how long the broker may acknowledge nothing while it should. */
	patienceMs?: number;
}

/** The broker cannot be reached, refuses us, or has stopped acknowledging: said to whoever typed the command. */
export class BrokerTrouble extends Error {
	override readonly name = 'BrokerTrouble';
}

export interface Publisher {
	/** Resolves once there is room in flight; rejects `BrokerTrouble` where nothing is acknowledged any more. */
	publish(topic: string, payload: string): Promise<void>;
	/** Waits for what is in flight, then closes. */
	end(): Promise<void>;
	readonly sent: number;
	readonly acknowledged: number;
}

const IN_FLIGHT = 500; // at 5,000 messages/s, a tenth of a second of them: a slow broker holds the sender back
const PATIENCE_MS = 15_000;

/** Connects to a broker (MQTT 3.1.1). Rejects `BrokerTrouble` where it is not there or refuses the account. */
export async function openPublisher(options: PublisherOptions): Promise<Publisher> {
	const { url, account, ca, patienceMs = PATIENCE_MS } = options;
	const settings: IClientOptions = {
		protocolVersion: 4,
		clean: true,
		reconnectPeriod: 500,
		...account,
		...(ca !== undefined && { ca: [fs.readFileSync(ca)] })
	};
	const client = connect(url, settings);
	let reason = '';
	await new Promise<void>((resolve, reject) => {
		const fail = () => {
			clearTimeout(timer);
			client.end(true);
			const who = account ? `as ${account.username}` : 'without a name';
			reject(new BrokerTrouble(`no connection to ${url} ${who}${reason && `: ${reason}`}`));
		};
		const timer = setTimeout(fail, patienceMs);
		client.on('error', (error: Error & { code?: number | string; errors?: Error[] }) => {
			reason = error.message || (error.errors?.[0]?.message ?? String(error.code));
			// CONNACK return codes 4 and 5: asking again would not help (MQTT 3.1.1, 3.2.2.3).
			if (error.code === 4 || error.code === 5) fail();
		});
		client.once('connect', () => {
			clearTimeout(timer);
			resolve();
		});
	});

	let sent = 0;
	let acknowledged = 0;
	let lost: Error | undefined;
	let wake = Promise.withResolvers<void>();
	const changed = () => {
		wake.resolve();
		wake = Promise.withResolvers<void>();
	};
	const untilInFlight = async (most: number) => {
		while (sent - acknowledged > most) {
			const before = acknowledged;
			let timer;
			const late = new Promise<'late'>((resolve) => {
				timer = setTimeout(resolve, patienceMs, 'late');
			});
			const first = await Promise.race([wake.promise, late]);
			clearTimeout(timer);
			if (lost) throw new BrokerTrouble(lost.message);
			if (first === 'late' && acknowledged === before)
				throw new BrokerTrouble(
					`${url} has acknowledged nothing for ${patienceMs / 1000} s${reason && ` (${reason})`}`
				);
		}
	};
	return {
		get sent() {
			return sent;
		},
		get acknowledged() {
			return acknowledged;
		},
		async publish(topic, payload) {
			sent++;
			// Not connected, it waits in the client and goes at the reconnection; it counts as in flight.
			client.publish(topic, payload, { qos: 1 }, (error) => {
				if (error) lost = error;
				else acknowledged++;
				changed();
			});
			await untilInFlight(IN_FLIGHT - 1);
		},
		async end() {
			try {
				await untilInFlight(0);
			} finally {
				await client.endAsync(true);
			}
		}
	};
}
